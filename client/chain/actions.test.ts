import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Abi, decodeFunctionData, getAddress, type Hex } from 'viem'
import { advance } from './actions/advance.ts'
import { advanceEpoch } from './actions/advanceEpoch.ts'
import { allowManager } from './actions/allowManager.ts'
import { approve } from './actions/approve.ts'
import { attest } from './actions/attest.ts'
import { cancelUnbond } from './actions/cancelUnbond.ts'
import { claim } from './actions/claim.ts'
import { commit } from './actions/commit.ts'
import { commitScores } from './actions/commitScores.ts'
import { completeUnbond } from './actions/completeUnbond.ts'
import { type CreateRunParameters, createRun } from './actions/createRun.ts'
import { deposit } from './actions/deposit.ts'
import { fund } from './actions/fund.ts'
import { getCommission } from './actions/getCommission.ts'
import { getCommitment } from './actions/getCommitment.ts'
import { getCredit } from './actions/getCredit.ts'
import { getEpoch } from './actions/getEpoch.ts'
import { getFunds } from './actions/getFunds.ts'
import { getOperator } from './actions/getOperator.ts'
import { getPledge } from './actions/getPledge.ts'
import { getPosition } from './actions/getPosition.ts'
import { getPot } from './actions/getPot.ts'
import { getRunCount } from './actions/getRunCount.ts'
import { getRunHead } from './actions/getRunHead.ts'
import { getSlot } from './actions/getSlot.ts'
import { getTokenBalance } from './actions/getTokenBalance.ts'
import { getVault } from './actions/getVault.ts'
import { joinAsMiner } from './actions/joinAsMiner.ts'
import { joinAsValidator } from './actions/joinAsValidator.ts'
import { leave } from './actions/leave.ts'
import { propose } from './actions/propose.ts'
import { refuse } from './actions/refuse.ts'
import { release } from './actions/release.ts'
import { requestUnbond } from './actions/requestUnbond.ts'
import { reveal } from './actions/reveal.ts'
import { revealScores } from './actions/revealScores.ts'
import { setCommission } from './actions/setCommission.ts'
import { setDelegate } from './actions/setDelegate.ts'
import { setEndpoint } from './actions/setEndpoint.ts'
import { setPayout } from './actions/setPayout.ts'
import { settle } from './actions/settle.ts'
import { thaw } from './actions/thaw.ts'
import { transfer } from './actions/transfer.ts'
import { ABIS, answerCalls, revertWith } from './answers.fixture.ts'
import { FakeChain } from './fakeChain.fixture.ts'
import { runCoordinatorAbi } from './generated/runCoordinator.ts'
import type { TransactionRequest } from './request.ts'

const chain = new FakeChain()
const { deployment } = chain
const h = (byte: string): Hex => `0x${byte.repeat(32)}`
const who = getAddress(`0x${'ab'.repeat(20)}`)
const payee = getAddress(`0x${'cd'.repeat(20)}`)
const [run, round, epoch] = [7n, 8n, 9n]

const writes: readonly [TransactionRequest, keyof typeof ABIS, readonly unknown[] | undefined][] = [
  [advance(deployment, { run }), 'runCoordinator', [run]],
  [advanceEpoch(deployment, { run, epoch }), 'runCoordinator', [run, epoch]],
  [commit(deployment, { run, round, commitment: h('01') }), 'runCoordinator', [run, round, h('01')]],
  [
    reveal(deployment, { run, round, contributionRoot: h('01'), digest: h('02'), size: 3n, salt: h('04') }),
    'runCoordinator',
    [run, round, h('01'), h('02'), 3n, h('04')],
  ],
  [
    propose(deployment, { run, round, attempt: 1, included: 5n, nextRoot: h('06') }),
    'runCoordinator',
    [run, round, 1, 5n, h('06')],
  ],
  [
    attest(deployment, { run, round, attempt: 1, included: 5n, nextRoot: h('06') }),
    'runCoordinator',
    [run, round, 1, 5n, h('06')],
  ],
  [refuse(deployment, { run, round, attempt: 2 }), 'runCoordinator', [run, round, 2]],
  [commitScores(deployment, { run, epoch, commitment: h('01') }), 'runCoordinator', [run, epoch, h('01')]],
  [
    revealScores(deployment, {
      run,
      epoch,
      scores: '0x0102',
      receiptsDigest: h('03'),
      receiptsSize: 4n,
      salt: h('05'),
    }),
    'runCoordinator',
    [run, epoch, '0x0102', h('03'), 4n, h('05')],
  ],
  [
    settle(deployment, { run, epoch, vectors: ['0x01', '0x02'], medians: '0x03' }),
    'runCoordinator',
    [run, epoch, ['0x01', '0x02'], '0x03'],
  ],
  [joinAsMiner(deployment, { run }), 'runCoordinator', [run]],
  [joinAsValidator(deployment, { run, stake: 5n }), 'runCoordinator', [run, 5n]],
  [leave(deployment, { run, role: 'validator' }), 'runCoordinator', [run, 1]],
  [release(deployment, { run, role: 'miner', slot: 3 }), 'runCoordinator', [run, 0, 3]],
  [deposit(deployment, { operator: who, amount: 5n }), 'stakeVault', [who, 5n]],
  [requestUnbond(deployment, { operator: who, shares: 5n }), 'stakeVault', [who, 5n]],
  [cancelUnbond(deployment, { operator: who, ticket: 2n }), 'stakeVault', [who, 2n]],
  [completeUnbond(deployment, { operator: who, ticket: 2n, to: payee }), 'stakeVault', [who, 2n, payee]],
  [setCommission(deployment, { bps: 1_250 }), 'stakeVault', [1_250]],
  [thaw(deployment, { operator: who, manager: payee }), 'stakeVault', [who, payee]],
  [setDelegate(deployment, { delegate: who }), 'stakeVault', [who]],
  [setPayout(deployment, { payout: who }), 'stakeVault', [who]],
  [setEndpoint(deployment, { endpoint: 'https://a' }), 'stakeVault', ['https://a']],
  [allowManager(deployment, { manager: who, allowed: true }), 'stakeVault', [who, true]],
  [claim(deployment, { operator: who }), 'rewardVault', [who]],
  [fund(deployment, { run, amount: 5n }), 'rewardVault', [getAddress(deployment.runCoordinator), run, 5n]],
  [approve(deployment, { spender: who, amount: 5n }), 'token', [who, 5n]],
  [transfer(deployment, { to: who, amount: 5n }), 'token', [who, 5n]],
]

for (const [request, contract, args] of writes) {
  test(`${request.name} is a call of ${contract} with what it was given`, () => {
    assert.equal(request.to, deployment[contract])
    assert.deepEqual(decodeFunctionData({ abi: ABIS[contract] as Abi, data: request.data }), {
      functionName: request.name,
      args,
    })
    assert.ok(request.spareGas > 0n)
  })
}

test('createRun gives all parameters', () => {
  const entry = runCoordinatorAbi.find((candidate) => candidate.type === 'function' && candidate.name === 'createRun')
  assert.ok(entry?.type === 'function')
  const fields = (entry.inputs[0] as { components: readonly { name: string; type: string }[] }).components
  const value = ({ type }: { type: string }, i: number) =>
    type === 'bytes32' ? h('0a') : /^uint(8|16|32)$/.test(type) ? i : BigInt(i)
  const params = Object.fromEntries(
    fields.map((field, i) => [field.name, value(field, i)]),
  ) as unknown as CreateRunParameters
  const { data } = createRun(deployment, { params })
  assert.deepEqual(decodeFunctionData({ abi: runCoordinatorAbi, data }).args, [params])
})

const answers = (values: Readonly<Record<string, unknown>>) => answerCalls(chain, values)

test('simple reads ask their contract and give its answer', async () => {
  const asked = answers({ creditOf: 1n, fundsOf: 2n, potOf: 3n, balanceOf: 4n, runCount: 5n, commitmentOf: h('06') })
  assert.equal(await getCredit(chain, { operator: who }), 1n)
  assert.equal(await getFunds(chain, { run }), 2n)
  assert.equal(await getPot(chain, { run, epoch }), 3n)
  assert.equal(await getTokenBalance(chain, { account: who }), 4n)
  assert.equal(await getRunCount(chain), 5n)
  assert.equal(await getCommitment(chain, { run, round, slot: 2 }), h('06'))
  const manager = getAddress(deployment.runCoordinator)
  assert.deepEqual(
    asked.map(({ args }) => args),
    [[who], [manager, run], [manager, run, epoch], [who], [], [run, round, 2]],
  )
})

test('reads of several values are of one block', async () => {
  const asked = answers({
    phaseOf: 4,
    currentRoundOf: 2n,
    currentEpochOf: 1n,
    stateRootOf: h('01'),
    isDue: true,
    owed: 1n,
    held: 2n,
  })
  const head = { phase: 'Attest', round: 2n, epoch: 1n, stateRoot: h('01'), due: true }
  assert.deepEqual(await getRunHead(chain, { run }), head)
  assert.deepEqual(await getVault(chain), { owed: 1n, held: 2n })
  assert.deepEqual(new Set(asked.map(({ block }) => block)), new Set(['0x0']))
  await getVault(chain, { blockNumber: 3n })
  assert.equal(asked.at(-1)?.block, '0x3')
})

test('what an operator does not have is undefined', async () => {
  answers({
    slotOf: revertWith('runCoordinator', 'RunNotMember', [run, who]),
    operatorOf: revertWith('stakeVault', 'StakeVaultUnknownOperator', [who]),
  })
  assert.equal(await getSlot(chain, { run, role: 'miner', operator: who }), undefined)
  assert.equal(await getOperator(chain, { account: who }), undefined)
  answers({ slotOf: 3, operatorOf: who })
  assert.equal(await getSlot(chain, { run, role: 'validator', operator: who }), 3)
  assert.equal(await getOperator(chain, { account: who }), who)
  answers({ operatorOf: revertWith('runCoordinator', 'RunUnknown', [run]) })
  await assert.rejects(getOperator(chain, { account: who }), { code: 'chain/revert' })
})

test('phases have names, and a number without one is refused', async () => {
  const epochOf = {
    id: 1n,
    phase: 4,
    firstRound: 1n,
    lastRound: 2n,
    deadline: 3n,
    pot: 4n,
    miners: 5n,
    validators: 6n,
    committed: 7n,
    revealed: 8n,
  }
  answers({ epochOf })
  assert.deepEqual(await getEpoch(chain, { run, epoch }), { ...epochOf, phase: 'Settled' })
  answers({ epochOf: { ...epochOf, phase: 5 } })
  await assert.rejects(getEpoch(chain, { run, epoch }), { code: 'chain/bad-response' })
})

test('a position is what shares are worth now, and the tickets that still wait', async () => {
  const unknown = revertWith('stakeVault', 'StakeVaultUnknownTicket', [who, payee, 0n])
  const ticketOf = (_operator: Hex, _holder: Hex, ticket: bigint) => (ticket % 2n === 0n ? unknown : [ticket, 5n])
  const asked = answers({ sharesOf: 40n, ticketCountOf: 4n, poolOf: [75n, 100n, 10n], ticketOf })
  assert.deepEqual(await getPosition(chain, { operator: who, holder: payee }), {
    shares: 40n,
    value: 30n,
    tickets: [
      { ticket: 1n, shares: 1n, readyAt: 5n, value: 0n },
      { ticket: 3n, shares: 3n, readyAt: 5n, value: 2n },
    ],
    nextTicket: 4n,
  })
  assert.deepEqual(new Set(asked.map(({ block }) => block)), new Set(['0x0']))
})

test('a count of tickets from outside does not decide how many are asked for', async () => {
  const asked = answers({ sharesOf: 1n, ticketCountOf: 2n ** 255n, poolOf: [1n, 1n, 0n], ticketOf: [1n, 5n] })
  const { tickets } = await getPosition(chain, { operator: who, holder: payee })
  assert.deepEqual([tickets.length, tickets.at(-1)?.ticket], [1_000, 2n ** 255n - 1n])
  assert.equal(asked.length, 1_003)
})

test('a commission that does not count yet is pending', async () => {
  // Of block 0.
  const timestamp = 1_000n
  answers({ commissionAt: 500n, lastCommissionOf: [700n, timestamp + 1n] })
  assert.deepEqual(await getCommission(chain, { operator: who }), {
    bps: 500n,
    pending: { bps: 700n, from: timestamp + 1n },
  })
  const asked = answers({ commissionAt: 700n, lastCommissionOf: [700n, timestamp] })
  assert.deepEqual(await getCommission(chain, { operator: who }), { bps: 700n, pending: undefined })
  assert.deepEqual(asked.find(({ functionName }) => functionName === 'commissionAt')?.args, [who, timestamp])
  await assert.rejects(getCommission(chain, { operator: who }, { blockNumber: 9n }), { code: 'chain/bad-response' })
})

test('what cools for a coordinator is what it can slash beyond its lock', async () => {
  answers({ lockedBy: 6n, slashableBy: 10n })
  assert.deepEqual(await getPledge(chain, { operator: who, manager: payee }), { locked: 6n, cooling: 4n })
  answers({ lockedBy: 6n, slashableBy: 5n })
  assert.deepEqual(await getPledge(chain, { operator: who, manager: payee }), { locked: 6n, cooling: 0n })
})
