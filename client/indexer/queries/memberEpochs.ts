// A member's settled epochs: what it was given, and the validators' receipts that say why.

import { type Hex, hexToBytes } from '@tessera/protocol/hex'
import type { Answer } from '../api/routes.ts'
import type { MemberEpochRow } from '../database/tables.ts'
import { paidOf } from './paid.ts'
import type { ReadReceipts } from './receiptShelf.ts'
import type { Source } from './source.ts'

type Detail = Answer<'miner'>
type MinerEpoch = Detail['minerEpochs'][number]

/** @param rows of one miner, newest first. */
export async function minerEpochs(
  source: Source,
  run: number,
  rows: readonly MemberEpochRow[],
): Promise<Detail['minerEpochs']> {
  const epochs = rows.map(({ epoch }) => epoch)
  const validators = epochs.length === 0 ? [] : await validatorsOf(source, run, epochs)
  const receipts = await source.receipts.of(validators.flatMap(({ receipts_digest }) => receipts_digest ?? []))
  return rows.map((row) => ({
    ...common(source, row),
    includedRounds: row.useful_rounds,
    median: row.median,
    receipts: validators.filter(({ epoch }) => epoch === row.epoch).flatMap((by) => receiptAnswer(row, by, receipts)),
  }))
}

/** @param rows of one validator, newest first. */
export function validatorEpochs(source: Source, rows: readonly MemberEpochRow[]): Detail['validatorEpochs'] {
  return rows.map((row) => {
    const { weight, revealed, given, kept, receipts_digest: digest, receipts_size: size } = row
    return {
      ...common(source, row),
      weight: BigInt(weight),
      revealed: revealed === 1,
      given,
      kept,
      receipts: digest === null || size === null ? null : { digest, size },
    }
  })
}

function common({ chain }: Source, row: MemberEpochRow) {
  return {
    epoch: row.epoch,
    settledAt: row.settled_at,
    rounds: row.rounds,
    finalRounds: row.final_rounds,
    activeRounds: row.active_rounds,
    part: row.part,
    paid: paidOf(row).map(({ source, token, amount }) => ({ source, token: chain.token(token), amount })),
    zero: row.zero,
  }
}

function validatorsOf({ db }: Source, run: number, epochs: readonly number[]): Promise<MemberEpochRow[]> {
  return db
    .selectFrom('member_epochs')
    .selectAll()
    .where('run', '=', run)
    .where('role', '=', 'validator')
    .where('revealed', '=', 1)
    .where('epoch', 'in', epochs)
    .orderBy('slot')
    .execute()
}

function receiptAnswer(
  miner: MemberEpochRow,
  by: MemberEpochRow,
  receipts: ReadonlyMap<Hex, ReadReceipts>,
): MinerEpoch['receipts'] {
  const { receipts_digest: digest, receipts_size: size } = by
  if (digest === null || size === null) return []
  const read = receipts.get(digest)
  const found = read?.miners.get(miner.slot)
  // A slot may have changed hands: what is said of another is not this one's.
  const said = found?.operator === miner.operator ? found : undefined
  return [
    {
      validator: by.operator,
      slot: by.slot,
      weight: BigInt(by.weight),
      score: scoreOf(by.scores, miner.slot),
      digest,
      size,
      state: read?.state ?? 'unread',
      quality: said?.quality ?? null,
      unique: said?.unique ?? null,
      validity: said?.validity ?? null,
      mu: said?.mu ?? null,
      sigma: said?.sigma ?? null,
      reason: said?.reason ?? null,
      rounds: [...(said?.rounds ?? [])],
    },
  ]
}

/** Of a miner's slot: two bytes each, the high one first. */
function scoreOf(scores: string, slot: number): number {
  const bytes = hexToBytes(scores as Hex)
  return ((bytes[2 * slot] ?? 0) << 8) | (bytes[2 * slot + 1] ?? 0)
}
