// Contributions with all that is known of them: what the chain says, what the observer read, what validators' receipts hold against
// them. Which contributions: contributions.ts and round.ts.

import { slotsOf } from '@tessera/protocol/bitmap'
import type { Hex } from '@tessera/protocol/hex'
import type { Answer } from '../api/routes.ts'
import type { ContributionRow } from '../database/tables.ts'
import { contributionFields } from '../ingest/contributionFields.ts'
import type { RunLedger } from '../ingest/ledger.ts'
import { medianOf, type RoundOfReceipt } from './receiptShelf.ts'
import type { Source } from './source.ts'

type ContributionAnswer = Answer<'contributions'>['rows'][number]
/** A row of the table, or what would be one if the round were over. */
export type AnyContribution = Omit<ContributionRow, 'block' | 'status'> & {
  readonly status: ContributionRow['status'] | 'pending'
}

export async function contributionAnswers(
  source: Source,
  run: RunLedger,
  rows: readonly AnyContribution[],
): Promise<ContributionAnswer[]> {
  const observed = await observedOf(source, rows)
  const judged = await judgedOf(source, run, rows)
  return rows.map((row) => {
    const read = row.digest === null ? undefined : observed.get(row.digest)
    const verdicts = judged.get(keyOf(row.round, row.slot, row.operator)) ?? []
    return {
      round: row.round,
      slot: row.slot,
      operator: row.operator,
      status: row.status,
      reason: reasonOf(row, read?.fault ?? null, verdicts),
      size: row.size,
      digest: row.digest,
      contributionRoot: row.contribution_root,
      committedAt: row.committed_at,
      revealedAt: row.revealed_at,
      commitTx: row.commit_tx,
      revealTx: row.reveal_tx,
      gas: row.gas,
      samples: read?.samples ?? null,
      steps: read?.steps ?? null,
      ownDrop: medianOf(verdicts.flatMap(({ ownDrop }) => ownDrop ?? [])),
      drawnDrop: medianOf(verdicts.flatMap(({ drawnDrop }) => drawnDrop ?? [])),
    }
  })
}

/** What the miners of the round under way have put on chain so far. */
export function pendingRows({ state, story }: RunLedger): AnyContribution[] {
  const { round } = state
  if (round === null || round.end !== null) return []
  return slotsOf(round.miners).map((slot) => ({
    ...contributionFields(Number(state.run), round, story, slot),
    status: 'pending',
    reason: null,
  }))
}

/** What says most: a fault that anyone can see, what most validators say, what the chain says. */
function reasonOf(row: AnyContribution, fault: string | null, verdicts: readonly RoundOfReceipt[]): string | null {
  if (row.status === 'absent' || row.status === 'unrevealed') return row.reason
  if (fault !== null) return fault
  const against = verdicts.flatMap(({ valid, reason }) => (valid || reason === null ? [] : [reason]))
  if (2 * against.length <= verdicts.length) return row.reason
  const counts = new Map<string, number>()
  for (const reason of against) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const [first] = [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return first?.[0] ?? row.reason
}

async function observedOf({ db }: Source, rows: readonly AnyContribution[]) {
  const digests = [...new Set(rows.flatMap(({ digest }) => digest ?? []))]
  if (digests.length === 0) return new Map()
  const read = await db.selectFrom('observed_contributions').selectAll().where('digest', 'in', digests).execute()
  return new Map(read.map((row) => [row.digest, row]))
}

/** What validators' receipts say of each round, by round, slot and operator. */
async function judgedOf(
  { db, receipts }: Source,
  { state }: RunLedger,
  rows: readonly AnyContribution[],
): Promise<ReadonlyMap<string, readonly RoundOfReceipt[]>> {
  const rounds = new Set(rows.map(({ round }) => round))
  const epochs = new Set([...rounds].flatMap((round) => Number(state.rounds[round - 1]?.epoch ?? 0n) || []))
  if (epochs.size === 0) return new Map()
  const validators = await db
    .selectFrom('member_epochs')
    .select('receipts_digest')
    .where('run', '=', Number(state.run))
    .where('role', '=', 'validator')
    .where('epoch', 'in', [...epochs])
    .where('receipts_digest', 'is not', null)
    .execute()
  const read = await receipts.of(validators.flatMap(({ receipts_digest }) => receipts_digest ?? []))
  const judged = new Map<string, RoundOfReceipt[]>()
  for (const { miners } of read.values())
    for (const [slot, { operator, rounds: said }] of miners)
      for (const round of said) {
        if (!rounds.has(round.round)) continue
        const key = keyOf(round.round, slot, operator)
        const list = judged.get(key)
        if (list === undefined) judged.set(key, [round])
        else list.push(round)
      }
  return judged
}

function keyOf(round: number, slot: number, operator: Hex): string {
  return `${round}/${slot}/${operator}`
}
