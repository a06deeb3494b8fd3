// Cases of the update rule and of settlement: contracts/README.md sections 5 and 8.

import { aggregateChunk } from '@tessera/protocol/aggregate'
import { slotsOf } from '@tessera/protocol/bitmap'
import { bytesToHex } from '@tessera/protocol/hex'
import { MAX_MAGNITUDE } from '@tessera/protocol/magnitude'
import { type ChunkRecord, encodeRecord } from '@tessera/protocol/record'
import { encodeScores } from '@tessera/protocol/scoreCommitment'
import { settle } from '@tessera/protocol/settlement'
import { INT32_MAX, INT32_MIN } from '@tessera/protocol/tags'
import { randomRecord } from './codecVectors.ts'
import { numbered, type VectorCase, type VectorFile } from './file.ts'
import { CaseSource } from './source.ts'

interface ChunkCase {
  readonly valid: number
  readonly k: number
  readonly records: number
  readonly clipQ8: number
  readonly rateQ16: number
  /** Every magnitude the greatest, and all of one sign. */
  readonly huge?: true
}

const CHUNKS: readonly ChunkCase[] = [
  { valid: 1, k: 1, records: 1, clipQ8: 256, rateQ16: 65_536 },
  { valid: 16, k: 4, records: 1, clipQ8: 1, rateQ16: 65_536 },
  { valid: 16, k: 4, records: 2, clipQ8: 512, rateQ16: 65_536 },
  { valid: 20, k: 5, records: 3, clipQ8: 256, rateQ16: 52_429 },
  { valid: 32, k: 8, records: 8, clipQ8: 384, rateQ16: 131_072 },
  { valid: 64, k: 16, records: 20, clipQ8: 512, rateQ16: 65_535 },
  { valid: 16, k: 4, records: 64, clipQ8: 65_535, rateQ16: 131_072 },
  { valid: 8, k: 2, records: 4, clipQ8: 65_535, rateQ16: 131_072, huge: true },
  { valid: 300, k: 64, records: 7, clipQ8: 512, rateQ16: 45_875 },
  { valid: 40, k: 10, records: 5, clipQ8: 256, rateQ16: 1 },
]

export function aggregateVectors(): VectorFile {
  const source = new CaseSource('aggregate')
  return numbered(
    CHUNKS.map(({ valid, k, records, clipQ8, rateQ16, huge }): VectorCase => {
      const state = (i: number): number =>
        [INT32_MAX, INT32_MIN, INT32_MAX - 1, INT32_MIN + 1, 0][i] ?? source.below(2 ** 26) - 2 ** 25
      const entries = Array.from({ length: valid }, (_, i) => state(i))
      const all = Array.from({ length: records }, (_, i): ChunkRecord => {
        const record = randomRecord(source, valid, k)
        const sign = i % 2 === 0 || i > 2 ? 1 : -1
        return huge ? { ...record, lo: MAX_MAGNITUDE, hi: MAX_MAGNITUDE, signs: record.signs.map(() => sign) } : record
      })
      const next = aggregateChunk(Int32Array.from(entries), all, { clipQ8, rateQ16 })
      return {
        valid,
        k,
        clipQ8,
        rateQ16,
        entries,
        records: all.map((record) => bytesToHex(encodeRecord(record, valid, k))),
        next: [...next],
      }
    }),
  )
}

interface PayCase {
  readonly slots: number
  readonly miners: bigint
  readonly pot: bigint
  readonly shares: readonly [miner: number, validator: number]
  /** Of the validators that revealed, by slot. */
  readonly weights: ReadonlyMap<number, bigint>
  readonly totalWeight: bigint
  readonly scoreOf: (validator: number, miner: number) => number
}

function payCases(source: CaseSource): PayCase[] {
  const ether = 10n ** 18n
  const weights = (...list: bigint[]): Map<number, bigint> => new Map(list.map((weight, slot) => [slot, weight]))
  const total = (map: ReadonlyMap<number, bigint>): bigint =>
    [...map.values()].reduce((sum, weight) => sum + weight, 0n)
  const any = (): number => source.below(65_536)
  const base = { slots: 4, miners: 0b1111n, pot: 1000n * ether, shares: [4100, 4100] as const, scoreOf: any }
  const three = weights(100n * ether, 50n * ether, 30n * ether)
  const full = new Map(Array.from({ length: 16 }, (_, slot) => [slot, source.big(16)]))
  return [
    { ...base, weights: three, totalWeight: total(three) },
    { ...base, weights: weights(7n), totalWeight: 7n },
    // Half of the weight is enough, less is not.
    { ...base, weights: three, totalWeight: 2n * total(three) },
    { ...base, weights: three, totalWeight: 2n * total(three) + 1n },
    { ...base, weights: new Map(), totalWeight: 5n },
    // Two of equal weight: the lower score is the median.
    { ...base, weights: weights(ether, ether), totalWeight: 2n * ether },
    { ...base, weights: three, totalWeight: total(three), scoreOf: () => 0 },
    { ...base, weights: three, totalWeight: total(three), scoreOf: (validator) => (validator === 1 ? 0 : 40_000) },
    // One that scores a miner of its own as high as it can.
    {
      ...base,
      weights: three,
      totalWeight: total(three),
      scoreOf: (validator, miner) => (validator === 2 ? (miner === 3 ? 65_535 : 0) : 20_000 + miner),
    },
    // Scores of miners that were not active are read as 0.
    { ...base, miners: 0b0101n, weights: three, totalWeight: total(three) },
    { ...base, miners: 0n, weights: three, totalWeight: total(three) },
    // Weights of a few wei: no validator share is left of the floor.
    {
      ...base,
      weights: weights(1n, 1n, 1n),
      totalWeight: 3n,
      scoreOf: (validator, miner) => (validator === 0 ? 1 : 60_000 - miner),
    },
    { ...base, weights: weights(3n), totalWeight: 3n, pot: 1n, shares: [10_000, 0] },
    { ...base, weights: three, totalWeight: total(three), shares: [0, 10_000] },
    { ...base, weights: three, totalWeight: total(three), shares: [0, 0] },
    { ...base, slots: 64, miners: 2n ** 64n - 1n, weights: full, totalWeight: total(full), pot: 2n ** 128n - 1n },
    {
      ...base,
      slots: 20,
      miners: 0xf0f0fn,
      weights: new Map([
        [3, 5n * ether],
        [9, 6n * ether],
        [15, 7n * ether],
      ]),
      totalWeight: 25n * ether,
      pot: 12_345_678_901_234_567_891n,
    },
  ]
}

export function settlementVectors(): VectorFile {
  const source = new CaseSource('settlement')
  return numbered(
    payCases(source).map(({ slots, miners, pot, shares, weights, totalWeight, scoreOf }): VectorCase => {
      const validators = [...weights].map(([slot, weight]) => {
        return { slot, weight, scores: Uint16Array.from({ length: slots }, (_, miner) => scoreOf(slot, miner)) }
      })
      const [minerShareBps, validatorShareBps] = shares
      const result = settle({ pot, minerShareBps, validatorShareBps, miners, slots, validators, totalWeight })
      return {
        slots,
        miners: String(miners),
        activeMiners: slotsOf(miners),
        pot: String(pot),
        minerShareBps,
        validatorShareBps,
        validators: validators.map(({ slot }) => slot),
        weights: validators.map(({ weight }) => String(weight)),
        totalWeight: String(totalWeight),
        scores: validators.map(({ scores }) => bytesToHex(encodeScores(scores))),
        quorum: result.quorum,
        medians: bytesToHex(encodeScores(result.medians)),
        minerPay: result.minerPay.map(String),
        validatorPay: validators.map(({ slot }) => String(result.validatorPay.get(slot))),
        ownerPay: String(result.ownerPay),
        paid: String(result.paid),
        returned: String(result.returned),
      }
    }),
  )
}
