// Cases of commitments, seeds, draws and the permutation: contracts/README.md sections 4, 6 and 8.

import { contributionCommitment } from '@tessera/protocol/commitment'
import { groundsHash } from '@tessera/protocol/grounds'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import { drawLeader } from '@tessera/protocol/leader'
import { createPermutation } from '@tessera/protocol/permutation'
import { proposalHash } from '@tessera/protocol/proposal'
import { encodeScores, scoreCommitment } from '@tessera/protocol/scoreCommitment'
import { disclosure, opened, sealed } from '@tessera/protocol/seal'
import { leaderSeed, mixSeals, testSeed, trainSeed } from '@tessera/protocol/seeds'
import { ZERO_HASH } from '@tessera/protocol/tags'
import { columns, numbered, prefixed, type VectorCase, type VectorFile } from './file.ts'
import { CaseSource } from './source.ts'

const MAX_UINT64 = 2n ** 64n - 1n
/** Zero, one and the greatest first, then whatever comes. */
const edge = (source: CaseSource, i: number): bigint => [0n, 1n, MAX_UINT64][i] ?? source.big(8)

export function commitmentVectors(): VectorFile {
  const source = new CaseSource('commitment')
  return columns(
    Array.from({ length: 8 }, (_, i) => {
      const numbers = { run: edge(source, i), round: edge(source, i), size: edge(source, i) }
      const fields = {
        slot: [0, 1, 255][i] ?? source.below(256),
        contributionRoot: source.hash(),
        digest: source.hash(),
        salt: source.hash(),
      }
      const commitment = contributionCommitment({ ...numbers, ...fields })
      return {
        run: String(numbers.run),
        round: String(numbers.round),
        size: String(numbers.size),
        ...fields,
        commitment,
        disclosure: disclosure(commitment, fields.salt),
      }
    }),
  )
}

export function proposalVectors(): VectorFile {
  const source = new CaseSource('proposal')
  return columns(
    Array.from({ length: 8 }, (_, i) => {
      const fields = {
        run: edge(source, i),
        round: edge(source, i),
        attempt: [1, 2, 255][i] ?? 1 + source.below(255),
        included: [0n, 1n, 2n ** 256n - 1n][i] ?? source.big(32),
        nextRoot: source.hash(),
      }
      return {
        run: String(fields.run),
        round: String(fields.round),
        attempt: fields.attempt,
        included: String(fields.included),
        nextRoot: fields.nextRoot,
        proposal: proposalHash(fields),
      }
    }),
  )
}

export function finalRoundVectors(): VectorFile {
  const source = new CaseSource('finalRound')
  return columns(
    Array.from({ length: 8 }, (_, i) => {
      const numbers = {
        epoch: [0n, 1n, 2n ** 48n - 1n][i] ?? source.big(6),
        finalizedAt: [0n, 1n, 2n ** 48n - 1n][i] ?? source.big(6),
        attesters: edge(source, i),
        included: [0n, 1n, 2n ** 256n - 1n][i] ?? source.big(32),
      }
      const finalBefore = [0, 1, 2 ** 16 - 1][i] ?? source.below(2 ** 16)
      const fields = { finalBefore, parentRoot: source.hash(), root: source.hash(), seals: source.hash() }
      return {
        epoch: String(numbers.epoch),
        finalizedAt: String(numbers.finalizedAt),
        attesters: String(numbers.attesters),
        included: String(numbers.included),
        ...fields,
        hash: groundsHash({ ...numbers, ...fields }),
      }
    }),
  )
}

export function scoreCommitmentVectors(): VectorFile {
  const source = new CaseSource('scoreCommitment')
  return columns(
    [1, 2, 8, 20, 64, 256].map((slots, i) => {
      const numbers = { run: edge(source, i), epoch: edge(source, i), receiptsSize: edge(source, i) }
      const scores = encodeScores(Uint16Array.from({ length: slots }, () => source.below(65_536)))
      const fields = { validator: source.address(), receiptsDigest: source.hash(), salt: source.hash() }
      const commitment = scoreCommitment({ ...numbers, ...fields, scores })
      const { run, epoch, receiptsSize } = numbers
      return {
        run: String(run),
        epoch: String(epoch),
        receiptsSize: String(receiptsSize),
        scores: bytesToHex(scores),
        ...fields,
        commitment,
      }
    }),
  )
}

const MAX_UINT32 = 2n ** 32n - 1n
const MAX_UINT16 = 2 ** 16 - 1

/** Seeds of rounds in columns; and cases of the mix: how seals are made, sealed and opened, and what mixing the opened ones gives. */
export function seedVectors(): VectorFile {
  const source = new CaseSource('seeds')
  const rows = Array.from({ length: 8 }, (_, i) => {
    const fields = {
      run: edge(source, i),
      round: edge(source, i),
      beacon: source.hash(),
      mix: i === 0 ? ZERO_HASH : source.hash(),
    }
    const attempt = [1, 2, 255][i] ?? 1 + source.below(255)
    const seed = testSeed(fields)
    return {
      run: String(fields.run),
      round: String(fields.round),
      beacon: fields.beacon,
      mix: fields.mix,
      trainSeed: trainSeed(fields),
      testSeed: seed,
      attempt,
      leaderSeed: leaderSeed(seed, attempt),
    }
  })
  const mixes = [1, 2, 3, 20, 256].map((size, i): VectorCase => {
    const round = [1n, 2n, MAX_UINT32][i] ?? 1n + source.big(3)
    const commitments = Array.from({ length: size }, () => source.hash())
    const salts = Array.from({ length: size }, () => source.hash())
    const disclosures = commitments.map((commitment, k) => disclosure(commitment, salts[k] as Hex))
    const blocks = commitments.map((_, k) => [0, MAX_UINT16, MAX_UINT16 + 1][k] ?? source.below(2 ** 31))
    const seals = disclosures.map((hash, k) => opened(hash, round, BigInt(blocks[k] ?? 0)))
    const mix = i === 0 ? ZERO_HASH : source.hash()
    return {
      round: String(round),
      commitments,
      salts,
      blocks,
      sealed: commitments.map((commitment, k) => word(sealed(commitment, round, BigInt(blocks[k] ?? 0)))),
      opened: seals.map(word),
      mix,
      mixed: mixSeals(mix, seals),
    }
  })
  return { ...columns(rows), ...prefixed('mix', numbered(mixes)) }
}

/** A word of the contract. */
function word(value: bigint): string {
  return `0x${value.toString(16).padStart(64, '0')}`
}

export function leaderVectors(): VectorFile {
  const source = new CaseSource('leader')
  const weightsOf: readonly (() => bigint[])[] = [
    () => [1n],
    () => [0n, 0n, 5n],
    () => [1n, 1n],
    () => [2n ** 96n - 2n, 1n],
    () => Array.from({ length: 64 }, () => 2n ** 90n - 1n),
    () => Array.from({ length: 64 }, () => source.big(11)),
    () => Array.from({ length: 64 }, (_, i) => (i % 3 === 0 ? 0n : source.big(9))),
    () => [0n, source.big(8), 0n, source.big(8), source.big(8), 0n],
  ]
  const cases = weightsOf.flatMap((make) => [1, 2, 7].map((attempt) => ({ attempt, weights: make() })))
  return numbered(
    cases.map(({ attempt, weights }): VectorCase => {
      const seed = source.hash()
      // A weight of zero stands for a slot that may not be drawn.
      const candidates = weights.map((weight, slot) => ({ slot, weight })).filter(({ weight }) => weight > 0n)
      return {
        testSeed: seed,
        attempt,
        weights: weights.map(String),
        slot: drawLeader({ testSeed: seed, attempt, candidates }),
      }
    }),
  )
}

export function permutationVectors(): VectorFile {
  const source = new CaseSource('permutation')
  const sizes = [1, 2, 3, 4, 5, 16, 17, 31, 1000, 65_536, 65_537, 9_600_000, 2 ** 32 - 1, 2 ** 32]
  return numbered(
    sizes.map((size): VectorCase => {
      const seed = source.hash()
      const permutation = createPermutation(seed, size)
      const positions =
        size <= 32
          ? Array.from({ length: size }, (_, i) => i)
          : [0, 1, size - 1, ...Array.from({ length: 9 }, () => source.below(size))]
      return { seed, size, positions, values: positions.map(permutation) }
    }),
  )
}
