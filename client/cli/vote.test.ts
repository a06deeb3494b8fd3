import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Choice } from '@tessera/chain/actions/vote'
import { answerCalls } from '@tessera/chain/answers.fixture'
import { FakeChain, rpcError } from '@tessera/chain/fakeChain.fixture'
import { votingPositions } from '@tessera/chain/plans/ballots'
import type { Plan } from '@tessera/chain/plans/plan'
import { planVote } from '@tessera/chain/plans/vote'
import { planCount } from '@tessera/chain/plans/voteCount'
import type { Hex } from '@tessera/protocol/hex'
import { planPay } from './commands/votePay.ts'
import { describeVotes, lookAtVotes } from './commands/voteShow.ts'
import { parseChoices } from './votes.ts'

const TOKEN = 10n ** 18n
const holder: Hex = `0x${'a'.repeat(40)}`
const [first, second]: readonly Hex[] = [`0x${'b'.repeat(40)}`, `0x${'c'.repeat(40)}`]
const other: Hex = `0x${'d'.repeat(40)}`
const operators = [first!, second!]
const { signal } = new AbortController()
const { runCoordinator: manager } = new FakeChain().deployment
const oneAndTwo: readonly Choice[] = [
  { manager, run: 1n, bps: 6_000 },
  { manager, run: 2n, bps: 3_000 },
]
const three: readonly Choice[] = [{ manager, run: 3n, bps: 10_000 }]

interface Votes {
  /** Unix seconds; the fake chain's first block is at 1000. */
  readonly start?: bigint
  readonly seconds?: bigint
  readonly present?: readonly Choice[]
  readonly next?: readonly Choice[]
  readonly counted?: readonly Hex[]
  readonly stakes?: Readonly<Record<Hex, bigint>>
  /** Wei by period. */
  readonly payable?: (period: bigint) => bigint
  readonly paid?: boolean
}

/** A holder with 10 and 5 tokens with two operators, in the middle of period 8. */
function desk(votes: Votes = {}) {
  const { start = 150n, seconds = 100n, present = [], next = present, counted = [], payable = () => 0n } = votes
  const { stakes = { [first!]: 10n * TOKEN, [second!]: 5n * TOKEN + 1n } } = votes
  const chain = new FakeChain()
  const now = (1_000n - start) / seconds
  answerCalls(chain, {
    START: start,
    PERIOD_SECONDS: seconds,
    emissionOf: 1_000n * TOKEN,
    totalOf: 4n * TOKEN,
    ballotOf: (_: Hex, period: bigint) => (start <= 1_000n && period <= now ? present : next),
    stakeAt: (operator: Hex) => stakes[operator.toLowerCase() as Hex] ?? 0n,
    isCounted: (_period: bigint, _holder: Hex, operator: Hex) => counted.includes(operator.toLowerCase() as Hex),
    payableOf: (period: bigint, _manager: Hex, run: bigint) => (run === 1n ? payable(period) : 0n),
    tallyOf: (_period: bigint, _manager: Hex, run: bigint) => ({
      votes: run < 3n ? run : 0n,
      paid: votes.paid ?? false,
    }),
    nextEpochOf: [1n, 7n * TOKEN, 0n],
    runCount: 5n,
  })
  return { chain, account: { name: 'saver', address: holder, unlock: () => Promise.reject(new Error('not needed')) } }
}

const callsOf = ({ requests }: Plan) => requests.map(({ name }) => name)
const count = (votes: Votes, named: readonly Hex[] | undefined = operators) =>
  planCount(desk(votes), { holder, operators: named }, { signal })
const pay = (votes: Votes, period?: number, run = 1n) => planPay(desk(votes), { manager, run, period }, { signal })

test('a vote is typed as runs and percent, or as one run', () => {
  assert.deepEqual(parseChoices(['1:60', '2:30'], manager), oneAndTwo)
  assert.deepEqual(parseChoices(['3'], manager), three)
  assert.deepEqual(parseChoices(['3:0.05'], manager), [{ manager, run: 3n, bps: 5 }])
  assert.deepEqual(parseChoices(['3:12.5'], manager), [{ manager, run: 3n, bps: 1_250 }])
  for (const texts of [['1', '2'], ['1:'], ['0:5'], ['1:x'], ['1:5.125'], ['1:-5'], ['1:0'], ['1:5', '1:6'], ['']])
    assert.throws(() => parseChoices(texts, manager), { code: 'vote/bad-choice' }, texts.join())
  for (const texts of [['1:60', '2:40.01'], ['1:999']])
    assert.throws(() => parseChoices(texts, manager), { code: 'vote/too-much' })
})

test('a vote says when it counts, what counts until then, and what is for nobody', async () => {
  const plan = await planVote(desk({ present: three }), oneAndTwo, { signal })
  assert.equal(plan.intent, `Let the stake of ${holder} vote for run 1 (60 %), run 2 (30 %).`)
  assert.deepEqual(plan.afterwards, [
    'that counts from period 9, which begins at 1970-01-01 00:17:30 UTC, 50 seconds from now',
    'until then its vote is for run 3 (100 %)',
  ])
  assert.deepEqual(plan.warnings, [
    '10 % of its votes are for nobody',
    'in each period its stake is counted only if somebody sees to it, and anyone may',
  ])
  assert.deepEqual([callsOf(plan), plan.facts.from], [['vote'], 9n])
  const again = await planVote(desk({ present: three, next: oneAndTwo }), three, { signal })
  assert.match(again.warnings?.[0] ?? '', /^a vote for run 1 \(60 %\), run 2 \(30 %\) would have counted/)
})

test('before the emission begins a vote is for its first period', async () => {
  const { afterwards, facts } = await planVote(desk({ start: 1_060n }), three, { signal })
  assert.match(afterwards[0] ?? '', /^that counts from period 0, which begins .*, 1 minute from now$/)
  assert.deepEqual([afterwards[1], facts.from], ['until then its vote is for nothing', 0n])
})

test('a run that is not there is no choice; of other coordinators nobody knows', async () => {
  await assert.rejects(planVote(desk(), parseChoices(['6'], manager), { signal }), {
    code: 'run/unknown',
    hint: /from 1 to 5/,
  })
  const foreign = await planVote(desk(), parseChoices(['6'], other), { signal })
  assert.match(foreign.intent, new RegExp(`run 6 of the coordinator ${other} \\(100 %\\)`))
  assert.match(foreign.warnings?.at(-1) ?? '', /is not checked$/)
})

test('a vote that is there is taken back', async () => {
  const plan = await planVote(desk({ present: three }), [], { signal })
  assert.deepEqual([callsOf(plan), plan.warnings], [['vote'], []])
  assert.match(plan.intent, /^Take back the vote of/)
  await assert.rejects(planVote(desk({ present: three, next: [] }), [], { signal }), { code: 'vote/nothing-to-clear' })
})

test('what is not counted yet is counted, rounded as the contract does', async () => {
  const plan = await count({ present: oneAndTwo })
  assert.match(plan.intent, /^Count 15\.0+1 TSRA of stake of .* in period 8, for run 1 \(60 %\), run 2 \(30 %\)\.$/)
  assert.equal(plan.afterwards[0], '17.5 TSRA of votes are counted in this period, all runs together')
  assert.match(plan.afterwards[1] ?? '', /^the period ends at 1970-01-01 00:17:30 UTC, 50 seconds from now;/)
  const rest = await count({ present: oneAndTwo, counted: [first!] })
  assert.deepEqual(rest.facts.weight, 5n * TOKEN + 1n)
})

test('why nothing is counted is said', async () => {
  await assert.rejects(count({ start: 1_060n }), { code: 'vote/not-begun', hint: /1 minute from now/ })
  await assert.rejects(count({ next: three }), { code: 'vote/no-ballot', hint: /50 seconds from now/ })
  await assert.rejects(count({ present: three, counted: operators }), {
    code: 'vote/nothing-to-count',
    hint: 'All of it is counted already',
  })
  await assert.rejects(count({ present: three, stakes: {} }), {
    code: 'vote/nothing-to-count',
    hint: /bonded before the period began at 1970-01-01 00:15:50 UTC/,
  })
})

test('a server that does not find the operators is no reason to give up', async () => {
  const { chain } = desk()
  const { intercept } = chain
  chain.intercept = (method, params) => {
    if (method === 'eth_getLogs') throw rpcError(-32_005, 'range too large')
    return intercept(method, params)
  }
  const of = { holder, operators: undefined }
  await assert.rejects(votingPositions(chain, of, { period: 8n, startsAt: 950n }, { signal }), {
    code: 'vote/operators-unknown',
    hint: /Name the operators/,
  })
})

test('all past periods with something to pay are paid, the oldest first, ten at once', async () => {
  const some = await pay({ payable: (period) => (period === 2n || period === 7n ? TOKEN : 0n) })
  assert.equal(some.intent, 'Mint 2 TSRA that the votes of the periods 2, 7 gave to run 1, and grant it to the run.')
  assert.deepEqual(some.afterwards, ['the run has 9 TSRA of grants for epochs to come'])
  assert.deepEqual(callsOf(some), ['pay', 'pay'])
  assert.deepEqual(some.warnings, ['the wallet pays for the gas and gets nothing of it'])
  const many = await pay({ start: 400n, seconds: 1n, payable: () => TOKEN })
  assert.deepEqual(
    many.facts.periods,
    Array.from({ length: 10 }, (_, at) => ({ period: 100n + BigInt(at), amount: TOKEN })),
  )
  assert.deepEqual(many.warnings?.slice(1), [
    '490 more periods can be paid: call it again after this',
    'periods before 100 were not looked at; --period names one of them',
  ])
})

test('one period is paid if it is over and has something to pay', async () => {
  const payable = () => TOKEN
  assert.match((await pay({ payable }, 3)).intent, /^Mint 1 TSRA that the votes of period 3 gave/)
  await assert.rejects(pay({ payable }, 8), { code: 'vote/period-open', hint: /It ends at .*, 50 seconds from now$/ })
  await assert.rejects(pay({ payable, start: 1_060n }, 0), { code: 'vote/period-open', hint: /^The first one begins/ })
  await assert.rejects(pay({ paid: true }, 3), { code: 'vote/nothing-to-pay', hint: 'It is paid already' })
  await assert.rejects(pay({}, 3), { code: 'vote/nothing-to-pay', hint: /Nobody counted/ })
  await assert.rejects(pay({ payable }, undefined, 2n), {
    code: 'vote/nothing-to-pay',
    message: /the last 8 periods that are over/,
  })
  await assert.rejects(pay({ payable, start: 1_060n }), { code: 'vote/nothing-to-pay' })
})

test('votes are shown with what runs have so far', async () => {
  const { chain } = desk({ present: oneAndTwo, next: three, counted: [first!], payable: () => 5n * TOKEN })
  const lines = describeVotes(chain, await lookAtVotes(chain, { holder, operators: [...operators, other] }, { signal }))
  assert.deepEqual(lines.slice(0, 6), [
    'period     8, until 1970-01-01 00:17:30 UTC, 50 seconds from now',
    'emission   up to 1000 TSRA in this period',
    'counted    4 TSRA of votes, all runs together',
    `holder     ${holder}`,
    'vote now   run 1 (60 %), run 2 (30 %)',
    'vote next  run 3 (100 %)',
  ])
  assert.deepEqual(lines.slice(6), [
    `with       ${first} 10 TSRA, counted`,
    `with       ${second} 5.000000000000000001 TSRA, not counted yet`,
    `with       ${other} 0 TSRA, nothing to count`,
    'run 1      0.000000000000000001 TSRA of votes; 5 TSRA so far',
    'run 2      0.000000000000000002 TSRA of votes; 0 TSRA so far',
    'run 3      0 TSRA of votes; 0 TSRA so far',
  ])
})

test('before the first period only what will be is shown', async () => {
  const { chain } = desk({ start: 1_060n, next: three })
  const lines = describeVotes(chain, await lookAtVotes(chain, { holder, operators }, { signal }))
  assert.match(lines[0] ?? '', /^period +none yet; the first begins at .*, 1 minute from now$/)
  assert.deepEqual(lines.slice(4), ['vote now   nothing', 'vote next  run 3 (100 %)'])
})
