// Commits the contribution that the journal holds for the present round, and opens the commitment when the time has come.
// It only ever signs what the journal says, so a restart repeats and never contradicts.

import type { Journal } from '@tessera/agent/journal'
import { commit } from '@tessera/chain/actions/commit'
import { reveal } from '@tessera/chain/actions/reveal'
import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import type { Actor } from '@tessera/node/actor'
import type { Service } from '@tessera/node/service'
import { hasSlot } from '@tessera/protocol/bitmap'
import { contributionCommitment } from '@tessera/protocol/commitment'
import type { Hex } from '@tessera/protocol/hex'
import { readContribution } from '../contributionRecord.ts'

export interface PublisherOptions {
  readonly run: bigint
  readonly operator: Hex
  readonly slotOf: (view: Followed) => number | undefined
  readonly deployment: Deployment
  readonly actor: Actor
  readonly journal: Journal
}

export class Publisher implements Service {
  readonly name = 'publisher'
  readonly #options: PublisherOptions

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  async step(view: Followed): Promise<void> {
    const { actor, deployment, journal, operator, run } = this.#options
    const { round, phase } = view.state
    const slot = this.#options.slotOf(view)
    if (round === null || slot === undefined || !hasSlot(round.miners, slot)) return
    const record = readContribution(journal, round.id, round.trainSeed)
    if (record === undefined) return

    const { contributionRoot, digest, salt } = record
    const size = BigInt(record.size)
    if ((phase === 'Train' || phase === 'Commit') && !hasSlot(round.committed, slot)) {
      const commitment = contributionCommitment({
        run,
        round: round.id,
        miner: operator,
        contributionRoot,
        digest,
        size,
        salt,
      })
      await actor.act(commit(deployment, { run, round: round.id, commitment }), { round: round.id })
    } else if (phase === 'Reveal' && hasSlot(round.committed, slot) && !hasSlot(round.revealed, slot)) {
      await actor.act(reveal(deployment, { run, round: round.id, contributionRoot, digest, size, salt }), {
        round: round.id,
        bytes: record.size,
      })
    }
  }
}
