import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Abi, decodeFunctionData, encodeAbiParameters, getAddress, type Hex, stringToHex } from 'viem'
import { approve } from './actions/approve.ts'
import { claimRewards } from './actions/claimRewards.ts'
import { claimRewardsMany } from './actions/claimRewardsMany.ts'
import { getAllowance } from './actions/getAllowance.ts'
import { getClaimable } from './actions/getClaimable.ts'
import { getEscrowEpoch } from './actions/getEscrowEpoch.ts'
import { getNextEpoch } from './actions/getNextEpoch.ts'
import { getRewardPot } from './actions/getRewardPot.ts'
import { getSponsorship } from './actions/getSponsorship.ts'
import { getSponsorships } from './actions/getSponsorships.ts'
import { getTokenBalance } from './actions/getTokenBalance.ts'
import { getTokenInfo } from './actions/getTokenInfo.ts'
import { grant } from './actions/grant.ts'
import { isClaimed } from './actions/isClaimed.ts'
import { reclaimSponsorship } from './actions/reclaimSponsorship.ts'
import { sponsor } from './actions/sponsor.ts'
import { topUpSponsorship } from './actions/topUpSponsorship.ts'
import { withdrawSponsorship } from './actions/withdrawSponsorship.ts'
import { ABIS, answerCalls, revertWith } from './answers.fixture.ts'
import { FakeChain, noAnswer, rpcError } from './fakeChain.fixture.ts'
import type { TransactionRequest } from './request.ts'

const chain = new FakeChain()
const { deployment } = chain
const manager = getAddress(`0x${'ab'.repeat(20)}`)
const who = getAddress(`0x${'cd'.repeat(20)}`)
const token = getAddress(`0x${'ef'.repeat(20)}`)
const [run, source, epoch] = [7n, 3n, 9n]
const claim = { manager, run, source, operator: who, holder: who, epochs: [1n, 2n] }

const writes: readonly [TransactionRequest, string, readonly unknown[]][] = [
  [grant(deployment, { manager, run, amount: 5n }), 'grant', [manager, run, 5n]],
  [sponsor(deployment, { manager, run, token, amount: 5n, perEpoch: 2n }), 'sponsor', [manager, run, token, 5n, 2n]],
  [topUpSponsorship(deployment, { manager, run, source, amount: 5n }), 'topUp', [manager, run, source, 5n]],
  [
    withdrawSponsorship(deployment, { manager, run, source, amount: 5n, to: who }),
    'withdraw',
    [manager, run, source, 5n, who],
  ],
  [
    reclaimSponsorship(deployment, { manager, run, source, most: 4n, to: who }),
    'reclaim',
    [manager, run, source, 4n, who],
  ],
  [claimRewards(deployment, claim), 'claim', [claim]],
  [claimRewardsMany(deployment, { claims: [claim, claim] }), 'claimMany', [[claim, claim]]],
]
for (const [request, functionName, args] of writes) {
  test(`${functionName} is a call of the reward escrow with what it was given`, () => {
    assert.deepEqual([request.to, request.name], [deployment.rewardEscrow, functionName])
    assert.deepEqual(decodeFunctionData({ abi: ABIS.rewardEscrow as Abi, data: request.data }), { functionName, args })
  })
}

test('simple reads ask the reward escrow and give its answer', async () => {
  const asked = answerCalls(chain, { claimable: 1n, isClaimed: true, potOf: 2n, nextEpochOf: [3n, 4n, 5n] })
  assert.equal(await getClaimable(chain, claim), 1n)
  assert.equal(await isClaimed(chain, { ...claim, epoch }), true)
  assert.equal(await getRewardPot(chain, { manager, run, source, epoch }), 2n)
  assert.deepEqual(await getNextEpoch(chain, { manager, run }), { epoch: 3n, granted: 4n, sponsorships: 5n })
  assert.deepEqual(
    asked.map(({ args }) => args),
    [[claim], [manager, run, source, who, who, epoch], [manager, run, source, epoch], [manager, run]],
  )
})

test('an epoch that never opened is none', async () => {
  const entry = { grant: 1n, openedAt: 2, settled: true, totalShare: 3n }
  answerCalls(chain, { epochOf: entry })
  assert.deepEqual(await getEscrowEpoch(chain, { manager, run, epoch }), entry)
  answerCalls(chain, { epochOf: { ...entry, openedAt: 0 } })
  assert.equal(await getEscrowEpoch(chain, { manager, run, epoch }), undefined)
})

const entry = { token, first: 1n, sponsor: who, next: 2n, perEpoch: 3n, budget: 40n }

test('a sponsorship is told with what is free of it, and none is none', async () => {
  answerCalls(chain, { sponsorshipOf: entry, freeOf: 4n })
  assert.deepEqual(await getSponsorship(chain, { manager, run, source }), { source, ...entry, free: 4n })
  const unknown = revertWith('rewardEscrow', 'RewardEscrowUnknownSource', [manager, run, source])
  answerCalls(chain, { sponsorshipOf: unknown, freeOf: unknown })
  assert.equal(await getSponsorship(chain, { manager, run, source }), undefined)
  answerCalls(chain, { sponsorshipOf: revertWith('rewardEscrow', 'RewardEscrowZeroAmount', []), freeOf: 4n })
  await assert.rejects(getSponsorship(chain, { manager, run, source }), { code: 'chain/revert' })
})

test('the newest sponsorships come first, and no more than are wanted', async () => {
  const asked = answerCalls(chain, { sponsorshipsOf: 2n ** 255n, sponsorshipOf: entry, freeOf: 4n })
  const { count, sponsorships } = await getSponsorships(chain, { manager, run, most: 51 })
  assert.deepEqual([count, sponsorships.length], [2n ** 255n, 51])
  assert.deepEqual([sponsorships[0]?.source, sponsorships[50]?.source], [2n ** 255n, 2n ** 255n - 50n])
  assert.deepEqual(new Set(asked.map(({ block }) => block)), new Set(['0x0']))
  answerCalls(chain, { sponsorshipsOf: 0n })
  assert.deepEqual(await getSponsorships(chain, { manager, run, most: 51 }), { count: 0n, sponsorships: [] })
  const unknown = revertWith('rewardEscrow', 'RewardEscrowUnknownSource', [manager, run, source])
  answerCalls(chain, { sponsorshipsOf: 1n, sponsorshipOf: unknown, freeOf: unknown })
  await assert.rejects(getSponsorships(chain, { manager, run, most: 51 }), { code: 'chain/bad-response' })
})

test('balance, allowance and approval are of the token that is named', async () => {
  const asked = answerCalls(chain, { balanceOf: 1n, allowance: 2n }, [token])
  assert.equal(await getTokenBalance(chain, { account: who, token }), 1n)
  assert.equal(await getAllowance(chain, { owner: who, spender: manager, token }), 2n)
  assert.deepEqual(
    asked.map(({ to }) => to),
    [token, token],
  )
  assert.equal(approve(deployment, { spender: manager, amount: 1n, token }).to, token)
})

/** What a token answers to `symbol` and `decimals`. */
function tokenAnswers(symbol: Hex | Error, decimals: Hex | Error) {
  chain.intercept = (method, [transaction]) => {
    if (method !== 'eth_call') return undefined
    const { to, data } = transaction as { to: Hex; data: Hex }
    assert.equal(to, token)
    const { functionName } = decodeFunctionData({ abi: ABIS.token, data })
    const answer = functionName === 'symbol' ? symbol : decimals
    if (answer instanceof Error) throw answer
    return answer
  }
}
const text = (value: string) => encodeAbiParameters([{ type: 'string' }], [value])
const number = (value: bigint) => encodeAbiParameters([{ type: 'uint256' }], [value])

test('a token says its symbol, as text or in 32 bytes, and its decimals', async () => {
  tokenAnswers(text('USDC'), number(6n))
  assert.deepEqual(await getTokenInfo(chain, { token }), { symbol: 'USDC', decimals: 6 })
  tokenAnswers(stringToHex('MKR', { size: 32 }), number(0n))
  assert.deepEqual(await getTokenInfo(chain, { token }), { symbol: 'MKR', decimals: 0 })
})

test('what a hostile token says instead is left out', async () => {
  const hostile: readonly (readonly [Hex | Error, Hex | Error])[] = [
    ['0x', '0x'],
    [text(''), number(37n)],
    [text('USDC of the token 0x00'), number(2n ** 255n)],
    [text('US\nDC'), `${number(6n)}00`],
    [text('\u202eCDSU'), '0x06'],
    [text('A'.repeat(1_000)), text('6')],
    [`0x${'ff'.repeat(96)}`, number(2n ** 256n - 1n)],
    [rpcError(3, 'execution reverted', '0x'), rpcError(-32_603, 'EVM error OutOfGas')],
  ]
  for (const [symbol, decimals] of hostile) {
    tokenAnswers(symbol, decimals)
    assert.deepEqual(await getTokenInfo(chain, { token }), { symbol: undefined, decimals: undefined })
  }
  tokenAnswers(noAnswer(), number(6n))
  await assert.rejects(getTokenInfo(chain, { token }), { code: 'chain/unreachable' })
})
