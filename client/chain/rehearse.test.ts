import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeErrorResult } from 'viem'
import { FakeChain, rpcError } from './fakeChain.fixture.ts'
import { stakeVaultAbi } from './generated/stakeVault.ts'
import { rehearse } from './rehearse.ts'
import type { TransactionRequest } from './request.ts'

const from = `0x${'a'.repeat(40)}` as const
const request = (name: string): TransactionRequest => ({
  name,
  to: `0x${'5'.repeat(40)}`,
  data: '0x01',
  spareGas: 1_000n,
})
const both = [request('approve'), request('deposit')]
const revert = encodeErrorResult({ abi: stakeVaultAbi, errorName: 'StakeVaultZeroAmount' })
const ok = (gasUsed: string) => ({ status: '0x1', gasUsed, returnData: '0x' })

/** A chain that answers a simulation with these calls, or with what a function throws. */
function simulating(calls: readonly object[] | (() => never)): FakeChain {
  const chain = new FakeChain()
  chain.intercept = (method) => {
    if (method !== 'eth_simulateV1') return undefined
    return typeof calls === 'function' ? calls() : [{ calls }]
  }
  return chain
}

test('one request is called and estimated; its limit and its cost follow', async () => {
  const chain = new FakeChain()
  chain.baseFee = 10n ** 9n
  const { requests, tried, likelyCost, maxCost, maxFeePerGas } = await rehearse(chain, {
    from,
    requests: [request('poke')],
  })
  // A quarter above the estimate of 30 000, and what the request asks for.
  assert.deepEqual([requests[0]?.gas, tried], [38_500n, 1])
  assert.equal(likelyCost, 30_000n * 2n * 10n ** 9n)
  assert.deepEqual([maxFeePerGas, maxCost], [6n * 10n ** 9n, 38_500n * 6n * 10n ** 9n])
  const none = await rehearse(chain, { from, requests: [] })
  assert.deepEqual([none.requests, none.maxCost], [[], 0n])
})

test('several are simulated in one block, each on what the one before left', async () => {
  const chain = simulating([ok('0x2710'), ok('0x4e20')])
  const { requests, tried } = await rehearse(chain, { from, requests: both })
  assert.deepEqual([requests.map(({ gas }) => gas), tried], [[13_500n, 26_000n], 2])
  const [asked] = chain.requests.filter(({ method }) => method === 'eth_simulateV1')
  assert.deepEqual(asked?.params, [
    { blockStateCalls: [{ calls: both.map(({ to, data }) => ({ from, to, data })) }] },
    'latest',
  ])
})

test('chain/revert names the request that would fail', async () => {
  const failed = { status: '0x0', gasUsed: '0x1', returnData: revert }
  await assert.rejects(rehearse(simulating([ok('0x1'), failed]), { from, requests: both }), {
    code: 'chain/revert',
    message: /^deposit reverted with StakeVaultZeroAmount/,
  })
  const chain = new FakeChain()
  chain.onCall = () => {
    throw rpcError(3, 'execution reverted', revert)
  }
  await assert.rejects(rehearse(chain, { from, requests: both }), { message: /^approve reverted/ })
})

test('a server that cannot simulate tries the first, and the others get a fixed limit', async () => {
  for (const code of [-32_601, -32_004]) {
    const chain = simulating(() => {
      throw rpcError(code, 'the method eth_simulateV1 does not exist')
    })
    const { requests, tried } = await rehearse(chain, { from, requests: both })
    assert.deepEqual([requests.map(({ gas }) => gas), tried], [[38_500n, 500_000n], 1])
    const large = await rehearse(chain, { from, requests: both.map((request) => ({ ...request, gas: 7n })) })
    assert.deepEqual(
      large.requests.map(({ gas }) => gas),
      [38_500n, 7n],
    )
  }
})

test('any other refusal and a simulation that makes no sense are errors', async () => {
  const refusing = simulating(() => {
    throw rpcError(-32_000, 'out of memory')
  })
  await assert.rejects(rehearse(refusing, { from, requests: both }), { code: 'chain/rpc-error' })
  const nonsense = [
    [],
    [ok('0x1')],
    [ok('0x1'), { status: '0x2' }],
    [ok('0x1'), null],
    [ok('0x1'), { ...ok('0x1'), returnData: '0x1' }],
  ]
  for (const calls of nonsense)
    await assert.rejects(rehearse(simulating(calls as object[]), { from, requests: both }), {
      code: 'chain/bad-response',
    })
})
