import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { contributionCommitment } from './commitment.ts'
import { type Hex, hexToBytes } from './hex.ts'
import { proposalHash } from './proposal.ts'
import { decodeScores, encodeScores, scoreCommitment } from './scoreCommitment.ts'
import { disclosure, opened, sealed } from './seal.ts'
import { leaderSeed, mixSeals, overlapSeed, testSeed, trainSeed } from './seeds.ts'
import { readCases, readRows, type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

test('commitments to contributions are those of the golden vectors, and each field counts', () => {
  type Row = {
    run: string
    round: string
    size: string
    slot: number
    contributionRoot: Hex
    digest: Hex
    salt: Hex
    commitment: Hex
    disclosure: Hex
  }
  for (const { commitment, disclosure: disclosed, ...row } of readRows<Row>(readVectors('commitment'))) {
    const fields = { ...row, run: BigInt(row.run), round: BigInt(row.round), size: BigInt(row.size) }
    assert.equal(contributionCommitment(fields), commitment)
    assert.equal(disclosure(commitment, row.salt), disclosed)
    const other = `0x${'77'.repeat(32)}` as const
    for (const name of ['run', 'round', 'size'] as const)
      assert.notEqual(contributionCommitment({ ...fields, [name]: 7n }), commitment, name)
    for (const name of ['contributionRoot', 'digest', 'salt'] as const)
      assert.notEqual(contributionCommitment({ ...fields, [name]: other }), commitment, name)
    assert.notEqual(contributionCommitment({ ...fields, slot: fields.slot ^ 1 }), commitment)
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
    trainSeed: Hex
    testSeed: Hex
    attempt: number
    leaderSeed: Hex
  }
  for (const row of readRows<Row>(readVectors('seeds'))) {
    const fields = { beacon: row.beacon, mix: row.mix, run: BigInt(row.run), round: BigInt(row.round) }
    assert.equal(trainSeed(fields), row.trainSeed)
    assert.equal(testSeed(fields), row.testSeed)
    assert.equal(leaderSeed(row.testSeed, row.attempt), row.leaderSeed)
  }
})

test('the seed of an overlapped round follows from the test seed before it', () => {
  // keccak256 of 0x0c and 32 times 0x22, by another implementation.
  const golden = '0xeae3eabf1ba995c4947073a0ea5b92e9267ae90e3a7ac441cd38ad71751715ac'
  assert.equal(overlapSeed(`0x${'22'.repeat(32)}`), golden)
})

test('seals and the mix are those of the golden vectors', () => {
  type Case = {
    round: string
    commitments: Hex[]
    salts: Hex[]
    sealed: string[]
    opened: string[]
    blocks: number[]
    mix: Hex
    mixed: Hex
  }
  for (const item of readCases<Case>(readVectors('seeds'), 'mixCase', 'mixCount')) {
    const round = BigInt(item.round)
    const seals = item.commitments.map((commitment, i) => {
      const block = BigInt(item.blocks[i]!)
      assert.equal(sealed(commitment, round, block), BigInt(item.sealed[i]!))
      return opened(disclosure(commitment, item.salts[i]!), round, block)
    })
    assert.deepEqual(seals, item.opened.map(BigInt))
    assert.equal(mixSeals(item.mix, seals), item.mixed)
  }
})

test('a seal says which round it is of, in which block it was made, and whether it was opened', () => {
  const hash = `0x${'ff'.repeat(32)}` as const
  const low = 2n ** 49n - 1n
  assert.equal(sealed(hash, 5n, 0x1abcdn), 2n ** 256n - 1n - low + 0xabcd_0000_0005n)
  assert.equal(sealed(hash, 2n ** 32n + 5n, 9n), sealed(hash, 5n, 9n))
  assert.equal(opened(hash, 5n, 9n) - sealed(hash, 5n, 9n), 2n ** 48n)
})

test('proposals are those of the golden vectors, and each field counts', () => {
  type Row = { run: string; round: string; attempt: number; included: string; nextRoot: Hex; proposal: Hex }
  for (const { proposal, ...row } of readRows<Row>(readVectors('proposal'))) {
    const fields = { ...row, run: BigInt(row.run), round: BigInt(row.round), included: BigInt(row.included) }
    assert.equal(proposalHash(fields), proposal)
    for (const name of ['run', 'round', 'included'] as const)
      assert.notEqual(proposalHash({ ...fields, [name]: 7n }), proposal, name)
    assert.notEqual(proposalHash({ ...fields, attempt: fields.attempt ^ 1 }), proposal)
    assert.notEqual(proposalHash({ ...fields, nextRoot: `0x${'77'.repeat(32)}` }), proposal)
  }
})
