// Cases of commitments, seeds, draws and the permutation: contracts/README.md sections 4, 6 and 8.

import { contributionCommitment } from '@tessera/protocol/commitment'
import { bytesToHex } from '@tessera/protocol/hex'
import { drawLeader } from '@tessera/protocol/leader'
import { createPermutation } from '@tessera/protocol/permutation'
import { encodeScores, scoreCommitment } from '@tessera/protocol/scoreCommitment'
import { leaderSeed, mixSalt, testSeed, trainSeed } from '@tessera/protocol/seeds'
import { ZERO_HASH } from '@tessera/protocol/tags'
import { columns, numbered, type VectorCase, type VectorFile } from './file.ts'
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
        miner: source.address(),
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
      }
    }),
  )
}

export function scoreCommitmentVectors(): VectorFile {
  const source = new CaseSource('scoreCommitment')
  return columns(
    [1, 2, 8, 20, 64, 64].map((slots, i) => {
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

export function seedVectors(): VectorFile {
  const source = new CaseSource('seeds')
  return columns(
    Array.from({ length: 8 }, (_, i) => {
      const fields = {
        run: edge(source, i),
        round: edge(source, i),
        beacon: source.hash(),
        mix: i === 0 ? ZERO_HASH : source.hash(),
      }
      const salt = source.hash()
      const attempt = [1, 2, 255][i] ?? 1 + source.below(255)
      const seed = testSeed(fields)
      return {
        run: String(fields.run),
        round: String(fields.round),
        beacon: fields.beacon,
        mix: fields.mix,
        salt,
        mixed: mixSalt(fields.mix, salt),
        trainSeed: trainSeed(fields),
        testSeed: seed,
        attempt,
        leaderSeed: leaderSeed(seed, attempt),
      }
    }),
  )
}

export function leaderVectors(): VectorFile {
  const source = new CaseSource('leader')
  const weightsOf: readonly (() => bigint[])[] = [
    () => [1n],
    () => [0n, 0n, 5n],
    () => [1n, 1n],
    () => [2n ** 128n - 1n, 1n],
    () => Array.from({ length: 16 }, () => 2n ** 128n - 1n),
    () => Array.from({ length: 16 }, () => source.big(11)),
    () => Array.from({ length: 16 }, (_, i) => (i % 3 === 0 ? 0n : source.big(9))),
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
