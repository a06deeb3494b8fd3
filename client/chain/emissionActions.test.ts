import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Abi, decodeFunctionData, encodeEventTopics, getAddress, type Hex, numberToHex, pad } from 'viem'
import { countVotes } from './actions/countVotes.ts'
import { getBallot } from './actions/getBallot.ts'
import { getEmission } from './actions/getEmission.ts'
import { getOperatorsOf } from './actions/getOperatorsOf.ts'
import { getPayable } from './actions/getPayable.ts'
import { getStakeAt } from './actions/getStakeAt.ts'
import { getTally } from './actions/getTally.ts'
import { isVoteCounted } from './actions/isVoteCounted.ts'
import { payEmission } from './actions/payEmission.ts'
import { vote } from './actions/vote.ts'
import { ABIS, answerCalls } from './answers.fixture.ts'
import { FakeChain } from './fakeChain.fixture.ts'
import { stakeVaultAbi } from './generated/stakeVault.ts'
import type { TransactionRequest } from './request.ts'

const chain = new FakeChain()
const { deployment } = chain
const manager = getAddress(`0x${'ab'.repeat(20)}`)
const holder = getAddress(`0x${'cd'.repeat(20)}`)
const operator = getAddress(`0x${'ef'.repeat(20)}`)
const [run, period] = [7n, 8n]
const choice = { manager, bps: 6_000, run }

const writes: readonly [TransactionRequest, readonly unknown[]][] = [
  [vote(deployment, { choices: [choice] }), [[choice]]],
  [vote(deployment, { choices: [] }), [[]]],
  [countVotes(deployment, { holder, operators: [operator] }), [holder, [operator]]],
  [payEmission(deployment, { period, manager, run }), [period, manager, run]],
]
for (const [request, args] of writes) {
  test(`${request.name} is a call of the emission with what it was given`, () => {
    assert.equal(request.to, deployment.emission)
    const decoded = decodeFunctionData({ abi: ABIS.emission as Abi, data: request.data })
    assert.deepEqual(decoded, { functionName: request.name, args })
  })
}

test('simple reads ask the emission, or the stake that it counts, and give the answer', async () => {
  const asked = answerCalls(chain, {
    ballotOf: [choice],
    tallyOf: { votes: 5n, paid: true },
    payableOf: 6n,
    isCounted: true,
    stakeAt: 7n,
  })
  assert.deepEqual(await getBallot(chain, { holder, period }), [choice])
  assert.deepEqual(await getTally(chain, { period, manager, run }), { votes: 5n, paid: true })
  assert.equal(await getPayable(chain, { period, manager, run }), 6n)
  assert.equal(await isVoteCounted(chain, { period, holder, operator }), true)
  assert.equal(await getStakeAt(chain, { operator, holder, time: 9n }), 7n)
  assert.deepEqual(
    asked.map(({ args }) => args),
    [
      [holder, period],
      [period, manager, run],
      [period, manager, run],
      [period, holder, operator],
      [operator, holder, 9n],
    ],
  )
})

test('the period follows from the block that is read', async () => {
  // Of block 0.
  const now = 1_000n
  const schedule = { START: 900n, PERIOD_SECONDS: 40n, emissionOf: 50n, totalOf: 60n }
  const asked = answerCalls(chain, schedule)
  const period = { period: 2n, begun: true, startsAt: 980n, endsAt: 1_020n, now, emission: 50n, totalVotes: 60n }
  assert.deepEqual(await getEmission(chain), period)
  assert.deepEqual(new Set(asked.map(({ block }) => block)), new Set(['0x0']))
  answerCalls(chain, { ...schedule, START: now })
  assert.deepEqual(await getEmission(chain), { ...period, period: 0n, startsAt: now, endsAt: 1_040n })
  answerCalls(chain, { ...schedule, START: 1_001n })
  const first = { ...period, period: 0n, begun: false, startsAt: 1_001n, endsAt: 1_041n }
  assert.deepEqual(await getEmission(chain), first)
})

test('a schedule that cannot be one, and a block that is not there, are refused', async () => {
  answerCalls(chain, { START: 900n, PERIOD_SECONDS: 0n })
  await assert.rejects(getEmission(chain), { code: 'chain/bad-response' })
  await assert.rejects(getEmission(chain, { blockNumber: 9n }), { code: 'chain/bad-response' })
})

test('the operators of a holder are those with which it has deposited, each once', async () => {
  const vault = new FakeChain()
  const [event = '0x', , of = '0x'] = encodeEventTopics({
    abi: stakeVaultAbi,
    eventName: 'Deposited',
    args: { holder },
  }) as Hex[]
  const deposited = (by: Hex, topics: readonly Hex[] = [event, pad(by), of]) => ({
    address: deployment.stakeVault,
    topics,
    data: `0x${'00'.repeat(64)}` as Hex,
  })
  vault.mine([deposited(operator), deposited(manager)])
  vault.mine([deposited(operator)])
  assert.deepEqual(await getOperatorsOf(vault, { holder }), [operator, manager])
  const { params } = vault.requests.at(-1) ?? { params: [] }
  assert.deepEqual(params, [
    { address: [deployment.stakeVault], topics: [event, null, of], fromBlock: numberToHex(1n), toBlock: '0x2' },
  ])
  for (const topics of [
    [event, pad(operator), pad(manager)],
    [event, `0x${'11'.repeat(32)}`, of],
    [of, pad(operator), of],
    [event],
  ] as const) {
    const lying = new FakeChain()
    lying.mine([deposited(operator, topics)])
    await assert.rejects(getOperatorsOf(lying, { holder }), { code: 'chain/bad-response' })
  }
})
