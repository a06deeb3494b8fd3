import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BenchResult } from '../bench.ts'
import { type PeerCall, readPeers } from './peers.ts'
import { resultsOf } from './results.ts'
import { type Population, runParams } from './run.ts'
import type { Measurement, PlayedRun } from './scenario.ts'
import type { EpochGas, RoundGas } from './tally.ts'

const TOKEN = `0x${'11'.repeat(20)}` as const

/** Rounds that cost the same but for commits, which are dearer in the first; epochs settled in pages, in one call, in pages. */
function played(population: Population, settle: number): PlayedRun {
  const members = (count: number) =>
    Array.from({ length: count }, (_, slot) => ({ operator: TOKEN, slot, weight: BigInt(slot) }))
  const [miners, validators] = [members(population.miners), members(population.validators)]
  const round = (number: number): RoundGas => ({
    round: number,
    commits: miners.map(() => (number === 1 ? 50_000 : 30_000)),
    reveals: miners.map(() => 40_000),
    propose: 100_000,
    attests: validators.slice(1).map(() => 41_000),
    toReveal: 1_000,
    toLeader: 2_000 + number,
    toNext: number % 4 === 0 ? 4_000 : 3_000,
  })
  const epoch = (number: number, settled: readonly number[]): EpochGas => ({
    epoch: number,
    commits: validators.map(() => 50_000),
    reveals: validators.map(() => 61_000),
    toReveal: 5_000,
    settle: settled,
  })
  const joins = [1, 2, 3, 4].map((n) => ({ approve: n, deposit: 10 * n, allow: 100 * n, join: 1_000 * n }))
  const run = { id: 1n, params: runParams(TOKEN, population), miners, validators }
  return {
    staffed: { run, create: 300_000, grant: 60_000, minerJoins: joins, validatorJoins: joins },
    opening: 6_000,
    rounds: Array.from({ length: 8 }, (_, i) => round(i + 1)),
    epochs: [epoch(1, [settle, settle]), epoch(2, [settle]), epoch(3, [settle, settle])],
  }
}

const claims = {
  firstEver: 1,
  firstOfEpoch: 2,
  again: 59_000,
  validatorAgain: 4,
  delegatorAgain: 5,
  ownerAgain: 6,
  epochOfBatch: 7,
  claimOfMany: 8,
}
const measured: Measurement = {
  small: played({ miners: 20, validators: 10 }, 400_000),
  full: played({ miners: 256, validators: 64 }, 5_000_000),
  delegation: { first: 1, again: 2 },
  claims,
  late: { toCommit: 1, toNextLeader: 2, toVoid: 3, leave: 4 },
  replace: 1,
  handOver: 2,
  funding: { vote: 1, countFirst: 2, countAgain: 3, pay: 4, sponsorFirst: 5, sponsorAgain: 6, topUp: 7 },
}

const results = resultsOf(measured, readPeers())
const found = (metric: string): BenchResult => results.find((result) => result.metric === metric)!
const peer = (id: string): PeerCall =>
  readPeers()
    .peers.flatMap(({ calls }) => calls)
    .find((call) => call.id === id)!

test('the steady state is judged, beside what others use in theirs', () => {
  const miner = found('commit + reveal, a miner and round')
  assert.deepEqual([miner.value, miner.peerValue, miner.ok], [70_000, peer('prime/submitWork').again, true])
  assert.equal(found('commit + reveal, first rounds of a slot').value, 90_000)
  assert.equal(found('attest, a validator and round').ratio, 41_000 / peer('gensyn/submitWinners-1').again)
  assert.equal(found('joinAsMiner').value, 3_000)
})

test('a target that is missed says so', () => {
  const missed = results.filter(({ ok }) => ok === false).map(({ metric }) => metric)
  assert.deepEqual(missed, ['revealScores, 256 miner slots'])
  const worse = { ...measured, claims: { ...claims, again: 60_001 } }
  assert.equal(resultsOf(worse, readPeers()).filter(({ ok }) => ok === false).length, 2)
})

test('settlements are judged by their sum and by their largest transaction', () => {
  assert.equal(found('settlement 64 x 256, one call: in all').value, 5_000_000)
  assert.equal(found('settlement 64 x 256, 2 pages: in all').value, 10_000_000)
  assert.equal(found('settlement 64 x 256, 2 pages: largest transaction').value, 5_000_000)
})

test('totals are of the last epoch with a settlement of one call, and are shared by all members', () => {
  const round = 20 * 70_000 + 100_000 + 9 * 41_000 + 1_000 + 2_005 + 3_000
  const total = found('a round of 20 miners, 10 validators')
  assert.equal(total.value, round)
  const each = 20 * (peer('gensyn/submitReward').again + peer('gensyn/submitWinners-1').again)
  assert.equal(total.peerValue, each + peer('gensyn/updateStageAndRound').again)
  const [, ours] = results.filter(({ metric, value }) => metric === 'the same, for each member' && value < round)
  const scores = 10 * 111_000 + 5_000 + 400_000
  assert.equal(found('scores and settlement of an epoch, 20 miners, 10 validators').value, scores)
  assert.equal(ours?.value, scores / 30)
  // Leaders are drawn at 1 more each round, and the last round opens an epoch.
  assert.equal(found('an epoch of 4 rounds, 20 miners, 10 validators').value, 4 * round + 6 + 1_000 + scores)
})
