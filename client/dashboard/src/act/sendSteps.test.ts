import assert from 'node:assert/strict'
import { test } from 'node:test'
import { approve } from '@tessera/chain/actions/approve'
import { deposit } from '@tessera/chain/actions/deposit'
import { FakeChain, rpcError } from '@tessera/chain/fakeChain.fixture'
import type { TransactionRequest } from '@tessera/chain/request'
import { isTesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { type Flight, sighted } from './flight.ts'
import { FlightStore } from './flightStore.ts'
import { lookAtFlight } from './lookAtFlight.ts'
import { type Prepared, prepare, type WalletTransaction } from './prepare.ts'
import { type Sender, sendSteps } from './sendSteps.ts'

const account: Hex = `0x${'aa'.repeat(20)}`
const operator: Hex = `0x${'bb'.repeat(20)}`
const hashes = [1, 2].map((digit): Hex => `0x${`${digit}`.repeat(64)}`)
const blockHash: Hex = `0x${'cc'.repeat(32)}`
const { signal } = new AbortController()

function chainWith(reverts = false): FakeChain {
  const chain = new FakeChain()
  const calls = [1, 2].map(() => ({ status: '0x1', gasUsed: '0xc350', returnData: '0x' }))
  chain.intercept = (method) => {
    if (method === 'eth_call' && reverts) throw rpcError(3, 'execution reverted', '0x')
    return method === 'eth_simulateV1' ? [{ calls }] : undefined
  }
  return chain
}

async function twoSteps(chain = chainWith()): Promise<Prepared> {
  const { deployment } = chain
  const requests: readonly TransactionRequest[] = [
    approve(deployment, { spender: deployment.stakeVault, amount: 5n }),
    deposit(deployment, { operator, amount: 5n }),
  ]
  const plan = { intent: 'Delegate.', afterwards: [], facts: {}, requests }
  return prepare({ chain, account: { address: account } }, async () => plan, signal)
}

/** A wallet that gives what it is told to, and a chain that includes each transaction at once. */
function desk(answers: readonly unknown[], checks: Partial<Sender> = {}) {
  const store = new FlightStore(undefined)
  const asked: WalletTransaction[] = []
  let next = 0
  const sender: Sender = {
    store,
    chainId: 31377,
    genesisHash: blockHash,
    request: async (_method, [transaction]) => {
      asked.push(transaction as WalletTransaction)
      const answer = answers[next++]
      if (typeof answer === 'object') throw answer
      return answer
    },
    check: async () => undefined,
    tryAgain: async () => undefined,
    now: () => 0,
    newId: () => `${next}`,
    ...checks,
  }
  const include = (success = true): void => {
    for (const flight of store.flights)
      if (flight.status.kind === 'pending')
        store.put(sighted(flight, { now: 0, head: 1, free: 1, nonce: 0, receipt: { block: 1, blockHash, success } }))
  }
  return { store, asked, sender, include }
}

const kindsOf = ({ flights }: FlightStore): readonly string[] => flights.map(({ status }) => status.kind)

test('the wallet gets the very objects that were shown, the second when the first is in a block', async () => {
  const prepared = await twoSteps()
  const { store, asked, sender, include } = desk(hashes)
  const steps: number[] = []
  store.subscribe(() => queueMicrotask(include))
  await sendSteps(prepared, sender, (at) => steps.push(at), signal)
  assert.deepEqual(steps, [0, 1])
  assert.deepEqual(kindsOf(store), ['included', 'included'])
  for (const [at, step] of prepared.steps.entries()) assert.equal(asked[at], step.transaction)
  assert.ok(Object.isFrozen(asked[0]))
  assert.deepEqual(
    prepared.steps.map(({ decoded }) => decoded.functionName),
    ['approve', 'deposit'],
  )
})

test('after a refusal in the wallet, or its error, nothing more is asked', async () => {
  const prepared = await twoSteps()
  for (const [answer, kind] of [
    [{ code: 4001, message: 'User rejected' }, 'rejected'],
    [{ cause: { code: 4001 } }, 'rejected'],
    [{ code: -32_002 }, 'failed'],
    ['0x12', 'failed'],
  ] as const) {
    const { store, asked, sender } = desk([answer])
    await sendSteps(prepared, sender, () => undefined, signal)
    assert.deepEqual([kindsOf(store), asked.length], [[kind], 1])
  }
})

test('after a step that failed in its block nothing more is asked', async () => {
  const { store, asked, sender, include } = desk(hashes)
  store.subscribe(() => queueMicrotask(() => include(false)))
  await sendSteps(await twoSteps(), sender, () => undefined, signal)
  assert.deepEqual([kindsOf(store), asked.length], [['reverted'], 1])
})

test('the same is not sent twice while it may come', async () => {
  const { store, asked, sender } = desk(hashes)
  const leaving = new AbortController()
  const first = sendSteps(await twoSteps(), sender, () => undefined, leaving.signal)
  await assert.rejects(
    sendSteps(await twoSteps(), sender, () => undefined, signal),
    (error) => isTesseraError(error, 'dashboard/already-sent'),
  )
  leaving.abort()
  await first
  assert.deepEqual([kindsOf(store), asked.length], [['pending'], 1])
})

test('a wallet that has moved, or a contract that refuses by now, is asked nothing', async () => {
  const moved = desk(hashes, { check: async () => assert.fail('moved') })
  await assert.rejects(
    sendSteps(await twoSteps(), moved.sender, () => undefined, signal),
    /moved/,
  )
  assert.equal(moved.asked.length, 0)
  const refused = desk(hashes, { tryAgain: async () => assert.fail('refused') })
  refused.store.subscribe(() => queueMicrotask(refused.include))
  await assert.rejects(
    sendSteps(await twoSteps(), refused.sender, () => undefined, signal),
    /refused/,
  )
  assert.equal(refused.asked.length, 1)
})

test('what the contracts would refuse, or ether does not pay for, is not shown as possible', async () => {
  await assert.rejects(twoSteps(chainWith(true)), (error) => isTesseraError(error, 'chain/revert'))
  const poor = chainWith()
  poor.balance = 1n
  await assert.rejects(twoSteps(poor), (error) => isTesseraError(error, 'chain/insufficient-funds'))
})

test('a look at the chain tells a block, and why it failed there', async () => {
  const chain = chainWith()
  const flight = { ...flightOf(), hash: hashes[0]! }
  chain.intercept = (method) => (method === 'eth_getTransactionByHash' ? null : undefined)
  assert.equal((await lookAtFlight(chain, flight, 0)).status.kind, 'pending')
  const receipt = { transactionHash: hashes[0], blockNumber: '0x1', blockHash, gasUsed: '0x1', status: '0x0' }
  let reason: Error | undefined
  chain.intercept = (method) => {
    if (method === 'eth_call' && reason !== undefined) throw reason
    if (method === 'eth_getTransactionByHash') return { nonce: '0x7' }
    return method === 'eth_getTransactionReceipt' ? receipt : undefined
  }
  const unknown = await lookAtFlight(chain, flight, 0)
  assert.deepEqual(
    [unknown.nonce, unknown.status],
    [7, { kind: 'reverted', block: 1, blockHash, reason: 'its reason is not known' }],
  )
  reason = rpcError(3, 'execution reverted', '0x')
  const known = (await lookAtFlight(chain, flight, 0)).status
  assert.match(known.kind === 'reverted' ? (known.reason ?? '') : '', /^deposit reverted with none/)
})

function flightOf(): Flight {
  const of = { id: 'a', chainId: 1, genesisHash: blockHash, from: account, title: 'Delegate.', call: 'deposit' }
  const state = { hash: undefined, nonce: undefined, passed: 0, status: { kind: 'pending' } } as const
  return { ...of, to: operator, data: '0x', askedAt: 0, ...state }
}
