// What a miner put into a round, as far as the chain says it: the same of a round that is over and of the one under way.

import type { RoundState } from '@tessera/protocol/runState'
import type { ContributionRow } from '../database/tables.ts'
import type { RoundStory } from './ledger.ts'

export type ContributionFields = Omit<ContributionRow, 'block' | 'status' | 'reason'>

export function contributionFields(
  run: number,
  round: RoundState,
  story: RoundStory,
  slot: number,
): ContributionFields {
  const revealed = round.contributions.get(slot)?.revealed ?? null
  const [commit, reveal] = [story.commits.get(slot), story.reveals.get(slot)]
  // One transaction may have done both.
  const txs = new Set([commit?.tx, reveal?.tx])
  return {
    run,
    round: Number(round.id),
    slot,
    operator: round.minerOperators.get(slot) ?? '0x',
    size: revealed === null ? null : Number(revealed.size),
    digest: revealed?.digest ?? null,
    contribution_root: revealed?.contributionRoot ?? null,
    committed_at: commit?.at ?? null,
    revealed_at: reveal?.at ?? null,
    commit_tx: commit?.tx ?? null,
    reveal_tx: reveal?.tx ?? null,
    gas: [...txs].reduce((sum, tx) => sum + (tx === undefined ? 0 : (story.gas.get(tx) ?? 0)), 0),
  }
}
