// One step of the replica along the chain: what a final round included, fetched, checked and folded in.

import type { Contribution } from '@tessera/protocol/contribution'
import { TesseraError } from '@tessera/protocol/errors'
import type { RunState } from '@tessera/protocol/runState'
import type { FinalRound } from '@tessera/protocol/runView'
import { includedIn } from '@tessera/protocol/runView'
import type { ContributionReader } from './contributionReader.ts'
import type { Replica } from './replica.ts'

export interface FoldRequest {
  readonly replica: Replica
  readonly reader: ContributionReader
  /** As the chain tells it. */
  readonly state: RunState
  /** The round that follows the replica's. */
  readonly next: FinalRound
}

/** Errors: `node/invalid-included`, those of `Replica.apply` and of `ContributionReader.read`. */
export async function foldRound({ replica, reader, state, next }: FoldRequest): Promise<void> {
  const held = replica.root
  await replica.apply(next, async () => {
    const verdicts = await Promise.all(includedIn(state, next.round).map((revealed) => reader.read(revealed)))
    return verdicts.map((verdict): Contribution => {
      if (verdict.kind === 'valid') return verdict.contribution
      throw new TesseraError(
        'node/invalid-included',
        `round ${next.round} includes a contribution that is ${verdict.reason}`,
        {
          hint: 'Two thirds of the stake attested a set that breaks the rules; keep the data folder as evidence and report it',
          context: { round: next.round, detail: verdict.detail, held },
        },
      )
    })
  })
}
