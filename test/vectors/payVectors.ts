// Cases of the update rule and of settlement: contracts/README.md sections 5 and 8.

import { aggregateChunk } from '@tessera/protocol/aggregate'
import { bitmapOf } from '@tessera/protocol/bitmap'
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
  /** By miner slot of the run, rounds in which it was active. */
  readonly minerRounds: readonly number[]
  /** Of the validators that revealed, in ascending order of slot: weight, and rounds in which it was active. */
  readonly validators: readonly (readonly [weight: bigint, activeRounds: number])[]
  readonly rounds: number
  readonly finalRounds: number
  readonly roundsPerEpoch: number
  readonly shares: readonly [miner: number, validator: number]
  readonly scoreOf: (validator: number, miner: number) => number
}

const ETHER = 10n ** 18n

function payCases(source: CaseSource): PayCase[] {
  const any = (): number => source.below(65_536)
  const always = (count: number, rounds: number): number[] => Array.from({ length: count }, () => rounds)
  const validators = (...weights: bigint[]): (readonly [bigint, number])[] => weights.map((weight) => [weight, 10])
  const three = validators(100n * ETHER, 50n * ETHER, 30n * ETHER)
  const base: PayCase = {
    minerRounds: always(4, 10),
    validators: three,
    rounds: 10,
    finalRounds: 10,
    roundsPerEpoch: 10,
    shares: [4100, 4100],
    scoreOf: any,
  }
  const sometimes = (count: number, rounds: number): number[] =>
    Array.from({ length: count }, () => source.below(rounds + 1))
  const full = Array.from({ length: 64 }, () => [source.big(11), 1 + source.below(7)] as const)
  return [
    base,
    { ...base, validators: validators(7n) },
    // Two of equal weight: the lower score is the median.
    { ...base, validators: validators(ETHER, ETHER) },
    // Nobody earns.
    { ...base, scoreOf: () => 0 },
    { ...base, minerRounds: always(4, 0) },
    { ...base, finalRounds: 0 },
    // One without an opinion.
    { ...base, scoreOf: (validator) => (validator === 1 ? 0 : 40_000) },
    // One that scores a miner of its own as high as it can.
    { ...base, scoreOf: (validator, miner) => (validator === 2 ? (miner === 3 ? 65_535 : 0) : 20_000 + miner) },
    // Scores of miners that were not active are read as 0; who came or went earns for its rounds.
    { ...base, minerRounds: [10, 0, 3, 0] },
    {
      ...base,
      validators: [
        [100n * ETHER, 10],
        [50n * ETHER, 1],
        [30n * ETHER, 7],
      ],
      minerRounds: [1, 10, 3, 9],
    },
    // Rounds that moved nothing are not paid, nor are those that an epoch cut short did not have.
    { ...base, finalRounds: 7 },
    { ...base, minerRounds: [3, 3, 2, 1], validators: [[5n * ETHER, 3]], rounds: 3, finalRounds: 2 },
    // Weights of a few wei: no validator has a part, but miners have.
    { ...base, validators: validators(1n, 1n, 1n), scoreOf: (v, miner) => (v === miner ? 60_000 : 5) },
    { ...base, shares: [10_000, 0] },
    { ...base, shares: [0, 10_000] },
    { ...base, shares: [0, 0] },
    { ...base, roundsPerEpoch: 65_535, finalRounds: 10 },
    // Other sizes of a run: less than a word of ranks, not whole words, the limits.
    { ...base, minerRounds: always(1, 10) },
    { ...base, minerRounds: sometimes(20, 10) },
    {
      ...base,
      minerRounds: sometimes(256, 7),
      validators: full,
      rounds: 7,
      finalRounds: 5,
      roundsPerEpoch: 7,
    },
    { ...base, minerRounds: always(256, 10), scoreOf: () => 65_535, validators: validators(2n ** 96n - 1n) },
  ]
}

export function settlementVectors(): VectorFile {
  const source = new CaseSource('settlement')
  return numbered(
    payCases(source).map(({ minerRounds, validators: revealed, shares, scoreOf, ...rounds }): VectorCase => {
      const validators = revealed.map(([weight, activeRounds], slot) => {
        return { slot, weight, activeRounds, scores: Uint16Array.from(minerRounds, (_, miner) => scoreOf(slot, miner)) }
      })
      const [minerShareBps, validatorShareBps] = shares
      const totalWeight = validators.reduce((sum, { weight }) => sum + weight, 0n)
      const result = settle({ minerRounds, validators, totalWeight, ...rounds, minerShareBps, validatorShareBps })
      return {
        maxMiners: minerRounds.length,
        miners: String(bitmapOf(minerRounds.flatMap((active, slot) => (active === 0 ? [] : [slot])))),
        minerRounds,
        weights: validators.map(({ weight }) => String(weight)),
        validatorRounds: validators.map(({ activeRounds }) => activeRounds),
        vectors: validators.map(({ scores }) => bytesToHex(encodeScores(scores))),
        medians: bytesToHex(encodeScores(result.medians)),
        ...rounds,
        minerShareBps,
        validatorShareBps,
        ranks: result.ranks.map(String),
        parts: [...result.parts.values()].map(String),
        minerShares: result.minerShares.map(String),
        validatorShares: [...result.validatorShares.values()].map(String),
        ownerShare: String(result.ownerShare),
        totalShare: String(result.totalShare),
      }
    }),
  )
}
