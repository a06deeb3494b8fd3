import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Abi, decodeFunctionData, getAddress, type Hex } from 'viem'
import { advance } from './actions/advance.ts'
import { advanceEpoch } from './actions/advanceEpoch.ts'
import { allowManager } from './actions/allowManager.ts'
import { approve } from './actions/approve.ts'
import { attest } from './actions/attest.ts'
import { cancelUnbond } from './actions/cancelUnbond.ts'
import { closeRun } from './actions/closeRun.ts'
import { commit } from './actions/commit.ts'
import { commitScores } from './actions/commitScores.ts'
import { completeUnbond } from './actions/completeUnbond.ts'
import { type CreateRunParameters, createRun } from './actions/createRun.ts'
import { deposit } from './actions/deposit.ts'
import { evict } from './actions/evict.ts'
import { getCommission } from './actions/getCommission.ts'
import { getDeposit } from './actions/getDeposit.ts'
import { getEpoch } from './actions/getEpoch.ts'
import { getEscrowBalance } from './actions/getEscrowBalance.ts'
import { getFinalRound } from './actions/getFinalRound.ts'
import { getHoldingAt } from './actions/getHoldingAt.ts'
import { getOperator } from './actions/getOperator.ts'
import { getPledge } from './actions/getPledge.ts'
import { getPosition } from './actions/getPosition.ts'
import { getRunCount } from './actions/getRunCount.ts'
import { getRunDeposit } from './actions/getRunDeposit.ts'
import { getRunHead } from './actions/getRunHead.ts'
import { getSeal } from './actions/getSeal.ts'
import { getShare } from './actions/getShare.ts'
import { getSlot } from './actions/getSlot.ts'
import { getSource } from './actions/getSource.ts'
import { getTokenBalance } from './actions/getTokenBalance.ts'
import { getUsefulness } from './actions/getUsefulness.ts'
import { isShort } from './actions/isShort.ts'
import { joinAsMiner } from './actions/joinAsMiner.ts'
import { joinAsValidator } from './actions/joinAsValidator.ts'
import { leave } from './actions/leave.ts'
import { propose } from './actions/propose.ts'
import { refuse } from './actions/refuse.ts'
import { release } from './actions/release.ts'
import { replaceMiner } from './actions/replaceMiner.ts'
import { requestUnbond } from './actions/requestUnbond.ts'
import { reveal } from './actions/reveal.ts'
import { revealScores } from './actions/revealScores.ts'
import { setCommission } from './actions/setCommission.ts'
import { setDelegate } from './actions/setDelegate.ts'
import { setEndpoint } from './actions/setEndpoint.ts'
import { setPayout } from './actions/setPayout.ts'
import { settle } from './actions/settle.ts'
import { syncKey } from './actions/syncKey.ts'
import { thaw } from './actions/thaw.ts'
import { transfer } from './actions/transfer.ts'
import { useSponsorship } from './actions/useSponsorship.ts'
import { withAdvance } from './actions/withAdvance.ts'
import { ABIS, answerCalls, revertWith } from './answers.fixture.ts'
import { FakeChain } from './fakeChain.fixture.ts'
import { runCoordinatorAbi } from './generated/runCoordinator.ts'
import type { TransactionRequest } from './request.ts'

const chain = new FakeChain()
const { deployment } = chain
const h = (byte: string): Hex => `0x${byte.repeat(32)}`
const who = getAddress(`0x${'ab'.repeat(20)}`)
const payee = getAddress(`0x${'cd'.repeat(20)}`)
const [run, round, epoch, slot] = [7n, 8n, 9n, 3]

const writes: readonly [TransactionRequest, keyof typeof ABIS, readonly unknown[] | undefined][] = [
  [advance(deployment, { run }), 'runCoordinator', [run]],
  [advanceEpoch(deployment, { run, epoch }), 'runCoordinator', [run, epoch]],
  [commit(deployment, { run, round, slot, commitment: h('01') }), 'runCoordinator', [run, round, slot, h('01')]],
  [
    reveal(deployment, { run, round, slot, contributionRoot: h('01'), digest: h('02'), size: 3n, salt: h('04') }),
    'runCoordinator',
    [run, round, slot, { contributionRoot: h('01'), digest: h('02'), size: 3n, salt: h('04') }],
  ],
  [
    propose(deployment, { run, round, attempt: 1, included: 5n, nextRoot: h('06'), worse: true }),
    'runCoordinator',
    [run, round, 1, 5n, h('06'), true],
  ],
  [
    attest(deployment, { run, round, slot, proposal: h('06'), worse: false }),
    'runCoordinator',
    [run, round, slot, h('06'), false],
  ],
  [refuse(deployment, { run, round, slot, proposal: h('06') }), 'runCoordinator', [run, round, slot, h('06')]],
  [commitScores(deployment, { run, epoch, slot, commitment: h('01') }), 'runCoordinator', [run, epoch, slot, h('01')]],
  [
    revealScores(deployment, {
      run,
      epoch,
      slot,
      scores: '0x0102',
      receiptsDigest: h('03'),
      receiptsSize: 4n,
      salt: h('05'),
    }),
    'runCoordinator',
    [run, epoch, slot, '0x0102', { receiptsDigest: h('03'), receiptsSize: 4n, salt: h('05') }],
  ],
  [
    settle(deployment, { run, epoch, vectors: ['0x01', '0x02'], medians: '0x03' }),
    'runCoordinator',
    [run, epoch, ['0x01', '0x02'], '0x03'],
  ],
  [joinAsMiner(deployment, { run }), 'runCoordinator', [run]],
  [joinAsValidator(deployment, { run, stake: 5n }), 'runCoordinator', [run, 5n]],
  [leave(deployment, { run, role: 'validator' }), 'runCoordinator', [run, 1]],
  [replaceMiner(deployment, { run, slot }), 'runCoordinator', [run, slot]],
  [release(deployment, { run, role: 'miner', slot }), 'runCoordinator', [run, 0, slot]],
  [evict(deployment, { run, role: 'validator', slot }), 'runCoordinator', [run, 1, slot]],
  [syncKey(deployment, { run, role: 'validator', slot }), 'runCoordinator', [run, 1, slot]],
  [useSponsorship(deployment, { run, source: 2n }), 'runCoordinator', [run, 2n]],
  [closeRun(deployment, { run }), 'runCoordinator', [run]],
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

test('an action and the step after it are one call, under the name of the action', () => {
  const action = commit(deployment, { run, round, slot, commitment: h('01') })
  for (const [both, step] of [
    [withAdvance(deployment, action, { run }), advance(deployment, { run })],
    [withAdvance(deployment, action, { run, epoch }), advanceEpoch(deployment, { run, epoch })],
  ] as const) {
    assert.deepEqual([both.to, both.name], [deployment.runCoordinator, 'commit'])
    assert.ok(both.spareGas > action.spareGas)
    const decoded = decodeFunctionData({ abi: runCoordinatorAbi, data: both.data })
    assert.deepEqual(decoded, { functionName: 'multicall', args: [[action.data, step.data]] })
  }
})

test('createRun gives all parameters', () => {
  const entry = runCoordinatorAbi.find((candidate) => candidate.type === 'function' && candidate.name === 'createRun')
  assert.ok(entry?.type === 'function')
  interface Field {
    readonly name?: string
    readonly type: string
    readonly components?: readonly Field[]
  }
  const value = ({ type, components }: Field, i: number): unknown => {
    if (components !== undefined) return Object.fromEntries(components.map((field, k) => [field.name, value(field, k)]))
    return type === 'bytes32' ? h('0a') : type === 'address' ? who : /^uint(8|16|32)$/.test(type) ? i : BigInt(i)
  }
  const params = value(entry.inputs[0] as Field, 0) as CreateRunParameters
  const { data } = createRun(deployment, { params })
  assert.deepEqual(decodeFunctionData({ abi: runCoordinatorAbi, data }).args, [params])
})

const answers = (values: Readonly<Record<string, unknown>>) => answerCalls(chain, values)

test('simple reads ask their contract and give its answer', async () => {
  const values = { balanceOf: 1n, runCount: 2n, sealOf: 3n, shareOf: 4n, usefulnessOf: 5n, depositOf: 6n, sourceOf: 7n }
  const asked = answers({ ...values, RUN_DEPOSIT: 8n, isShort: true, finalRoundOf: h('0f') })
  assert.equal(await getTokenBalance(chain, { account: who }), 1n)
  assert.equal(await getRunCount(chain), 2n)
  assert.equal(await getSeal(chain, { run, round, slot }), 3n)
  assert.equal(await getShare(chain, { run, epoch, account: who, asOwner: true }), 4n)
  assert.equal(await getUsefulness(chain, { run, slot }), 5n)
  assert.equal(await getDeposit(chain, { run }), 6n)
  assert.equal(await getSource(chain, { run }), 7n)
  assert.equal(await getRunDeposit(chain), 8n)
  assert.equal(await isShort(chain, { operator: who }), true)
  assert.equal(await getFinalRound(chain, { run, round }), h('0f'))
  assert.deepEqual(
    asked.map(({ args }) => args),
    [[who], [], [run, round, slot], [run, epoch, who, true], [run, slot], [run], [run], [], [who], [run, round]],
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
  assert.deepEqual(await getEscrowBalance(chain, {}), { owed: 1n, held: 2n })
  assert.deepEqual(new Set(asked.map(({ block }) => block)), new Set(['0x0']))
  await getEscrowBalance(chain, { token: who }, { blockNumber: 3n })
  assert.deepEqual([asked.at(-1)?.block, asked.at(-1)?.args], ['0x3', [who]])
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
    finalRounds: 4,
    settledSlots: 5,
    miners: 6n,
    minersThroughout: 7n,
    validators: 8n,
    validatorsThroughout: 9n,
    committed: 10n,
    revealed: 11n,
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

test('what pay is divided by is of one moment, read at one block', async () => {
  const asked = answers({ poolAt: [9n, 8n], sharesAt: 7n, commissionAt: 6n })
  const at = { operator: who, holder: payee, time: 5n }
  assert.deepEqual(await getHoldingAt(chain, at), { allShares: 8n, shares: 7n, commissionBps: 6n })
  assert.deepEqual(
    asked.map(({ args, block }) => [args, block]),
    [
      [[who, 5n], '0x0'],
      [[who, payee, 5n], '0x0'],
      [[who, 5n], '0x0'],
    ],
  )
})
