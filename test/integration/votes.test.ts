// The emission from the command line, on a real chain: holders with stake vote, have it counted, time passes, and what the votes
// gave to a run is minted and granted to it. One chain for all, and each test goes on where the one before ended.

import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { approve } from '@tessera/chain/actions/approve'
import { deposit } from '@tessera/chain/actions/deposit'
import { getEmission } from '@tessera/chain/actions/getEmission'
import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { getTally } from '@tessera/chain/actions/getTally'
import { tokenAbi } from '@tessera/chain/generated/token'
import { readContract } from '@tessera/chain/rpc'
import type { Hex } from '@tessera/protocol/hex'
import { CommandLine } from './commandLine.ts'

const TOKEN = 10n ** 18n
const PERIOD = 60
const OPERATOR: Hex = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'

let line: CommandLine
let saver: Hex

before(async () => {
  line = await CommandLine.start()
  await line.makeRuns(2)
})

after(async () => {
  await line.harness.close()
})

const run = (t: TestContext, words: string) => line.run(t, 'saver', words)

/** Lets time pass until the second second of the period after the present one. */
async function nextPeriod(): Promise<bigint> {
  const { period, begun, startsAt, endsAt, now } = await getEmission(line.chain)
  await line.harness.pass(Number((begun ? endsAt : startsAt) - now) + 1)
  return begun ? period + 1n : period
}

const supply = () =>
  readContract(line.chain, {
    address: line.chain.deployment.token,
    abi: tokenAbi,
    functionName: 'totalSupply',
    args: [],
  })
const granted = async (of: bigint) =>
  (await getNextEpoch(line.chain, { manager: line.chain.deployment.runCoordinator, run: of })).granted

test('a holder bonds stake with two operators and votes before the first period', async (t) => {
  const { chain, harness, holder } = line
  const { deployment } = chain
  saver = await line.makeWallet(t, 'saver', 30n * TOKEN)
  await run(t, 'stake deposit --amount 20 --yes')
  await run(t, `delegate --operator ${OPERATOR} --amount 10 --yes`)
  // Another one's stake, which does not vote: the quorum is a fifth of all.
  await harness.send(holder, approve(deployment, { spender: deployment.stakeVault, amount: 70n * TOKEN }))
  await harness.send(holder, deposit(deployment, { operator: holder.address, amount: 70n * TOKEN }))
  await assert.rejects(run(t, 'vote set --for 3 --yes'), { code: 'run/unknown' })
  const { notes } = await run(t, 'vote set --for 1:60,2:30 --yes')
  assert.equal(notes[0], `Let the stake of ${saver} vote for run 1 (60 %), run 2 (30 %).`)
  await assert.rejects(run(t, 'vote set --for 1:60,1:30 --yes'), { code: 'vote/bad-choice' })
})

test('its stake with both is found and counted once a period', async (t) => {
  const { chain } = line
  const period = await nextPeriod()
  const { written } = await run(t, 'vote count --dry-run --json')
  const { weight, positions, totalAfterwards } = JSON.parse(written)
  assert.deepEqual([weight, totalAfterwards, positions.length], [String(30n * TOKEN), String(27n * TOKEN), 2])
  const { notes } = await run(t, 'vote count --yes')
  assert.match(notes[0] ?? '', /^Count 30 TSRA of stake of .*, for run 1 \(60 %\), run 2 \(30 %\)\.$/)
  const { runCoordinator: manager } = chain.deployment
  assert.equal((await getTally(chain, { period, manager, run: 1n })).votes, 18n * TOKEN)
  assert.equal((await getEmission(chain)).totalVotes, 27n * TOKEN)
  await assert.rejects(run(t, 'vote count --yes'), { code: 'vote/nothing-to-count', hint: /counted already/ })
  const shown = (await run(t, 'vote show')).written
  for (const line of [
    /^counted +27 TSRA of votes, all runs together$/m,
    /^vote now +run 1 \(60 %\), run 2 \(30 %\)$/m,
    /^vote next +the same$/m,
    new RegExp(`^with +${saver} 20 TSRA, counted$`, 'm'),
    new RegExp(`^with +${OPERATOR} 10 TSRA, counted$`, 'm'),
    /^run 1 +18 TSRA of votes; 666\.6+ TSRA so far$/m,
  ])
    assert.match(shown, line)
})

test('a vote that is changed counts in the next period, and one that is taken back in none', async (t) => {
  await run(t, 'vote set --for 2 --yes')
  assert.match((await run(t, 'vote show')).written, /^vote next +run 2 \(100 %\)$/m)
  const { period } = await getEmission(line.chain)
  assert.equal(await nextPeriod(), period + 1n)
  const { notes } = await run(t, 'vote count --yes')
  assert.match(notes[0] ?? '', /for run 2 \(100 %\)\.$/)
  await run(t, 'vote clear --yes')
  await nextPeriod()
  await assert.rejects(run(t, 'vote count --yes'), { code: 'vote/no-ballot' })
  await assert.rejects(run(t, 'vote clear --yes'), { code: 'vote/nothing-to-clear' })
})

test('what the votes gave is minted for the runs, once', async (t) => {
  const before = await supply()
  const { period } = await getEmission(line.chain)
  await assert.rejects(run(t, `vote pay --run 1 --period ${period} --yes`), { code: 'vote/period-open' })
  const { notes, written } = await run(t, 'vote pay --run 1 --yes')
  assert.match(
    notes[0] ?? '',
    /^Mint 666\.6+ TSRA that the votes of period \d+ gave to run 1, and grant it to the run\.$/,
  )
  assert.equal(written.trim().split('\n').length, 1)
  // 18 of 27 votes, which are more than the quorum of 20.
  assert.equal(await granted(1n), (1_000n * TOKEN * 18n) / 27n)
  // 9 of 27 votes, and all of the next period's.
  const both = JSON.parse((await run(t, 'vote pay --run 2 --yes --json')).written)
  assert.deepEqual([both.periods.length, both.transactions.length], [2, 2])
  assert.equal(await granted(2n), (1_000n * TOKEN * 9n) / 27n + 1_000n * TOKEN)
  assert.equal(await supply(), before + (await granted(1n)) + (await granted(2n)))
  await assert.rejects(run(t, 'vote pay --run 1 --yes'), { code: 'vote/nothing-to-pay' })
  const [paid] = both.periods
  await assert.rejects(run(t, `vote pay --run 2 --period ${paid.period} --yes`), {
    code: 'vote/nothing-to-pay',
    hint: 'It is paid already',
  })
})

test('less than the quorum is paid as if the quorum had voted', async (t) => {
  await run(t, `vote set --for 1:50 --yes`)
  await nextPeriod()
  await run(t, `vote count --operator ${OPERATOR} --yes`)
  const before = await granted(1n)
  await line.harness.pass(PERIOD)
  await run(t, 'vote pay --yes')
  // 5 of the 20 that are a fifth of 100 bonded.
  assert.equal((await granted(1n)) - before, 250n * TOKEN)
})
