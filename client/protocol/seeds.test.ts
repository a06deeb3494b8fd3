import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { contributionCommitment } from './commitment.ts'
import { type Hex, hexToBytes } from './hex.ts'
import { decodeScores, encodeScores, scoreCommitment } from './scoreCommitment.ts'
import { leaderSeed, mixSalt, testSeed, trainSeed } from './seeds.ts'
import { readRows, type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

test('commitments to contributions are those of the golden vectors, and each field counts', () => {
  type Row = {
    run: string
    round: string
    size: string
    miner: Hex
    contributionRoot: Hex
    digest: Hex
    salt: Hex
    commitment: Hex
  }
  for (const { commitment, ...row } of readRows<Row>(readVectors('commitment'))) {
    const fields = { ...row, run: BigInt(row.run), round: BigInt(row.round), size: BigInt(row.size) }
    assert.equal(contributionCommitment(fields), commitment)
    const other = `0x${'77'.repeat(32)}` as const
    for (const name of ['run', 'round', 'size'] as const)
      assert.notEqual(contributionCommitment({ ...fields, [name]: 7n }), commitment, name)
    for (const name of ['contributionRoot', 'digest', 'salt'] as const)
      assert.notEqual(contributionCommitment({ ...fields, [name]: other }), commitment, name)
    assert.notEqual(contributionCommitment({ ...fields, miner: other.slice(0, 42) as Hex }), commitment)
  }
})

test('commitments to scores are those of the golden vectors', () => {
  type Row = {
    run: string
    epoch: string
    receiptsSize: string
    scores: Hex
    validator: Hex
    receiptsDigest: Hex
    salt: Hex
    commitment: Hex
  }
  for (const { commitment, ...row } of readRows<Row>(readVectors('scoreCommitment'))) {
    const scores = hexToBytes(row.scores)
    const fields = {
      ...row,
      run: BigInt(row.run),
      epoch: BigInt(row.epoch),
      receiptsSize: BigInt(row.receiptsSize),
      scores,
    }
    assert.equal(scoreCommitment(fields), commitment)
    assert.deepEqual(encodeScores(decodeScores(scores, scores.length / 2)), scores)
  }
})

test('scores of another number of slots are refused', () => {
  assert.throws(() => decodeScores(new Uint8Array(3), 2), { code: 'score/bad-length' })
})

test('seeds are those of the golden vectors', () => {
  type Row = {
    run: string
    round: string
    beacon: Hex
    mix: Hex
    salt: Hex
    mixed: Hex
    trainSeed: Hex
    testSeed: Hex
    attempt: number
    leaderSeed: Hex
  }
  for (const row of readRows<Row>(readVectors('seeds'))) {
    const fields = { beacon: row.beacon, mix: row.mix, run: BigInt(row.run), round: BigInt(row.round) }
    assert.equal(mixSalt(row.mix, row.salt), row.mixed)
    assert.equal(trainSeed(fields), row.trainSeed)
    assert.equal(testSeed(fields), row.testSeed)
    assert.equal(leaderSeed(row.testSeed, row.attempt), row.leaderSeed)
  }
})
