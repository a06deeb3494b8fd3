import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TesseraError } from '@tessera/protocol/errors'
import { encodeErrorResult, type Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { commit } from './actions/commit.ts'
import { FakeChain, noAnswer, rpcError } from './fakeChain.fixture.ts'
import { runCoordinatorAbi } from './generated/runCoordinator.ts'
import type { TransactionRequest } from './request.ts'
import { type SenderOptions, TransactionSender } from './send.ts'

const account = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const request: TransactionRequest = { name: 'poke', to: `0x${'5'.repeat(40)}`, data: '0x01', spareGas: 1_000n }

/** A sender whose every sleep is one step of the test: by default a block. */
function setUp(options: Partial<SenderOptions> = {}, step?: (chain: FakeChain, sleep: number) => void) {
  const chain = new FakeChain()
  let sleeps = 0
  let now = 0
  const clock = {
    now: () => now,
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted()
      now += ms
      if (++sleeps > 500) throw new Error('waits without end')
      if (step === undefined) chain.mine()
      else step(chain, sleeps)
    },
  }
  const sender = new TransactionSender({ chain, account, clock, ...options })
  return { chain, clock, sender }
}

const revertOf = (errorName: 'RunNotDue' | 'RunAlreadyCommitted', args: readonly unknown[]) =>
  rpcError(3, 'execution reverted', encodeErrorResult({ abi: runCoordinatorAbi, errorName, args } as never))

test('sends and returns the receipt of the block that has it', async () => {
  const { chain, sender } = setUp()
  const receipt = await sender.send(request)
  assert.deepEqual([receipt.success, receipt.blockNumber, receipt.blockHash], [true, 1n, chain.head.hash])
  assert.equal(chain.head.transactions[0]?.hash, receipt.hash)
  // A quarter above the estimate of 30 000, and what the request asks for.
  assert.equal(chain.head.transactions[0]?.gas, 38_500n)
})

test('sends one after another in the order of the calls, each with its nonce', async () => {
  const { chain, sender } = setUp()
  const receipts = await Promise.all([1, 2, 3].map(() => sender.send(request)))
  assert.deepEqual(
    receipts.map(({ blockNumber }) => blockNumber),
    [1n, 2n, 3n],
  )
  assert.deepEqual(
    chain.blocks.flatMap(({ transactions }) => transactions.map(({ nonce }) => nonce)),
    [0, 1, 2],
  )
})

test('takes the gas limit that a request brings', async () => {
  const { chain, sender } = setUp()
  await sender.send({ ...request, gas: 77_777n })
  assert.equal(chain.head.transactions[0]?.gas, 77_777n)
  assert.ok(!chain.requests.some(({ method }) => method === 'eth_estimateGas'))
})

test('never asks for more gas than a transaction may', async () => {
  const { chain, sender } = setUp()
  await sender.send({ ...request, spareGas: 10n ** 9n })
  assert.equal(chain.head.transactions[0]?.gas, 16_777_216n)
})

test('a revert in the simulation is told by name and arguments, and nothing is sent', async () => {
  const { chain, sender } = setUp()
  chain.onCall = () => {
    throw revertOf('RunAlreadyCommitted', [7n, 3n, 0])
  }
  const call = commit(chain.deployment, { run: 7n, round: 3n, slot: 0, commitment: `0x${'ab'.repeat(32)}` })
  await assert.rejects(sender.send(call), (error: TesseraError) => {
    assert.deepEqual([error.code, error.retryable], ['chain/revert', false])
    assert.deepEqual(error.context, { call: 'commit', error: 'RunAlreadyCommitted', args: [7n, 3n, 0] })
    assert.equal(error.message, 'commit reverted with RunAlreadyCommitted(7, 3, 0)')
    return true
  })
  assert.deepEqual(chain.mempool, [])
})

for (const [name, data, wanted] of [
  ['without data', '0x', { error: 'none', args: [] }],
  ['of a stranger', '0xdeadbeef00', { error: 'unknown', args: ['0xdeadbeef'] }],
  [
    'with a text',
    '0x08c379a0000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000026e6f000000000000000000000000000000000000000000000000000000000000',
    { error: 'Error', args: ['no'] },
  ],
  ['inside an object', { data: '0xdeadbeef' }, { error: 'unknown', args: ['0xdeadbeef'] }],
] as const) {
  test(`a revert ${name}`, async () => {
    const { chain, sender } = setUp()
    chain.onCall = () => {
      throw rpcError(3, 'execution reverted', data)
    }
    await assert.rejects(sender.send(request), { code: 'chain/revert', context: { call: 'poke', ...wanted } })
  })
}

test('a transaction that fails in its block is a revert with its hash, and the next one goes on', async () => {
  const { chain, sender } = setUp()
  chain.failing.add(0)
  let calls = 0
  // Passes when simulated; by the time of the block somebody else was faster.
  chain.onCall = () => {
    if (++calls === 2) throw revertOf('RunNotDue', [1n])
    return '0x'
  }
  await assert.rejects(sender.send(request), (error: TesseraError) => {
    assert.equal(error.code, 'chain/revert')
    assert.equal(error.context.error, 'RunNotDue')
    assert.equal(error.context.hash, chain.head.transactions[0]?.hash)
    return true
  })
  assert.equal((await sender.send(request)).blockNumber, 2n)
})

test('a failure that cannot be repeated is a revert all the same', async () => {
  const { chain, sender } = setUp()
  chain.failing.add(0)
  await assert.rejects(sender.send(request), (error: TesseraError) => {
    const [failed] = chain.head.transactions
    assert.equal(error.code, 'chain/revert')
    assert.deepEqual(error.context, { call: 'poke', error: 'none', args: [], hash: failed?.hash, blockNumber: 1n })
    return true
  })
})

test('what is not taken in is sent again with a fee that replaces the first', async () => {
  const { chain, sender } = setUp({ bumpAfterBlocks: 3 })
  chain.minFee = 2n * chain.baseFee + 10n ** 9n + 1n
  const { blockNumber } = await sender.send(request)
  assert.equal(blockNumber, 4n)
  assert.equal(chain.nonceOf(account.address.toLowerCase() as Hex), 1)
})

test('a fee is not raised above the limit; after enough blocks the sender gives up', async () => {
  const limit = 2n * 10n ** 9n
  const { chain, sender } = setUp({ bumpAfterBlocks: 2, giveUpAfterBlocks: 20, maxFeePerGas: limit })
  chain.minFee = limit + 1n
  await assert.rejects(sender.send(request), { code: 'chain/not-included', retryable: true })
  assert.ok(chain.mempool.every(({ maxFeePerGas }) => maxFeePerGas <= limit))
  // What was given up still waits with its nonce, and cannot be replaced below the limit; once it is included, all is well.
  await assert.rejects(sender.send(request), { code: 'chain/fee-too-high', retryable: true })
  chain.minFee = 0n
  chain.mine()
  await sender.send(request)
  assert.equal(chain.nonceOf(account.address.toLowerCase() as Hex), 2)
})

test('the next request replaces one that was given up', async () => {
  const { chain, sender } = setUp({ giveUpAfterBlocks: 4 })
  chain.minFee = 10n ** 12n
  await assert.rejects(sender.send(request), { code: 'chain/not-included' })
  chain.minFee = 0n
  const { hash } = await sender.send({ ...request, data: '0x02' })
  assert.deepEqual(
    chain.head.transactions.map((tx) => [tx.hash, tx.nonce]),
    [[hash, 0]],
  )
})

test('a base fee above the limit is refused before anything is signed', async () => {
  const { chain, sender } = setUp({ maxFeePerGas: 5n })
  await assert.rejects(sender.send(request), { code: 'chain/fee-too-high', retryable: true })
  assert.deepEqual(chain.mempool, [])
})

test('without ether for the gas the error names the address', async () => {
  const { chain, sender } = setUp()
  chain.balance = 1n
  await assert.rejects(sender.send(request), (error: TesseraError) => {
    assert.equal(error.code, 'chain/insufficient-funds')
    assert.ok(error.hint?.includes(account.address))
    return true
  })
})

test('what an earlier process left waiting with the same nonce is replaced', async () => {
  const { chain, clock, sender } = setUp()
  const earlier = new TransactionSender({ chain, account, clock, priorityFeePerGas: 50n * 10n ** 9n })
  const crash = new AbortController()
  chain.intercept = (method) => {
    if (method === 'eth_sendRawTransaction') crash.abort(new Error('crash'))
    return undefined
  }
  await assert.rejects(earlier.send(request, { signal: crash.signal }), { message: 'crash' })
  chain.intercept = () => undefined
  await sender.send({ ...request, data: '0x02' })
  assert.equal(chain.nonceOf(account.address.toLowerCase() as Hex), 1)
})

test('a nonce that another process took is left to it, and the request gets the next', async () => {
  const { chain, sender, clock } = setUp()
  const other = new TransactionSender({ chain, account, clock })
  let raced = false
  chain.intercept = (method) => {
    if (method !== 'eth_sendRawTransaction' || raced) return undefined
    raced = true
    return other.send({ ...request, data: '0x02' }).then(() => {
      throw rpcError(-32003, 'nonce too low: next nonce 1, tx nonce 0')
    })
  }
  const { hash } = await sender.send(request)
  assert.equal(chain.head.transactions.find((tx) => tx.hash === hash)?.nonce, 1)
})

test('another process that takes the nonce again and again is a conflict', async () => {
  const { chain, sender } = setUp()
  chain.intercept = (method) => {
    if (method === 'eth_sendRawTransaction') throw rpcError(-32003, 'nonce too low')
    return undefined
  }
  await assert.rejects(sender.send(request), { code: 'chain/nonce-conflict', retryable: true })
})

test('a nonce that is used up while waiting, by a transaction that is not ours, is noticed', async () => {
  const { chain, sender } = setUp({}, (fake, sleep) => {
    if (sleep > 1) return void fake.mine()
    const [own] = fake.mempool.splice(0)
    fake.mempool.push({ ...own!, hash: `0x${'ee'.repeat(32)}` })
    fake.mine()
  })
  assert.equal((await sender.send(request)).success, true)
  assert.equal(chain.nonceOf(account.address.toLowerCase() as Hex), 2)
})

test('a transaction that vanished with its block and the mempool is handed over again', async () => {
  const { chain, sender } = setUp({}, (fake, sleep) => {
    if (sleep === 1) fake.lose(2)
    else fake.mine()
  })
  chain.mine()
  chain.mine()
  const { hash } = await sender.send(request)
  assert.equal(chain.head.transactions[0]?.hash, hash)
})

test('included transactions that the chain lost are put back before the next one', async () => {
  const { chain, sender } = setUp()
  const first = [await sender.send(request), await sender.send({ ...request, data: '0x02' })]
  chain.lose(2)
  await sender.send({ ...request, data: '0x03' })
  const hashes = chain.blocks.flatMap(({ transactions }) => transactions.map(({ hash }) => hash))
  assert.deepEqual(
    hashes.slice(0, 2),
    first.map(({ hash }) => hash),
  )
  assert.equal(hashes.length, 3)
})

test('transactions that the chain loses while another one waits are put back too', async () => {
  const { chain, sender } = setUp({}, (fake, sleep) => {
    if (sleep === 3) fake.lose(2)
    else fake.mine()
  })
  await sender.send(request)
  await sender.send(request)
  await sender.send(request)
  assert.equal(chain.nonceOf(account.address.toLowerCase() as Hex), 3)
})

test('lost transactions that this process does not know leave a gap, which is an error', async () => {
  const { chain, sender, clock } = setUp({}, (fake, sleep) => {
    if (sleep === 2) fake.lose(1)
    else fake.mine()
  })
  await sender.send(request)
  const later = new TransactionSender({ chain, account, clock })
  await assert.rejects(later.send(request), { code: 'chain/nonce-gap', retryable: true })
})

test('a lost answer to the sending is no failure: the receipt tells', async () => {
  const { chain, sender } = setUp()
  chain.intercept = (method, params) => {
    if (method !== 'eth_sendRawTransaction') return undefined
    chain.intercept = () => undefined
    return chain.client.request({ method, params } as never).then(() => {
      throw noAnswer()
    })
  }
  assert.equal((await sender.send(request)).blockNumber, 1n)
})

test('a server that fails for a while is waited for, one that fails for long is not', async () => {
  for (const [patienceMs, outcome] of [
    [60_000, 'included'],
    [2_000, 'chain/unreachable'],
  ] as const) {
    let down = 0
    const { chain, sender } = setUp({ patienceMs, pollMs: 500 }, (fake, sleep) => {
      down = sleep
      fake.mine()
    })
    chain.intercept = () => {
      if (down > 0 && down < 10) throw noAnswer()
      return undefined
    }
    const result = await sender.send(request).then(
      () => 'included',
      (error: TesseraError) => error.code,
    )
    assert.equal(result, outcome)
  }
})

test('a refusal that is none of the known ones is told as it is', async () => {
  const { chain, sender } = setUp()
  chain.intercept = (method) => {
    if (method === 'eth_sendRawTransaction') throw rpcError(-32000, 'Exceeds block gas limit')
    return undefined
  }
  await assert.rejects(sender.send(request), { code: 'chain/rpc-error', message: /exceeds block gas limit/ })
})

test('the hash of another transaction in the answer is refused, yet the transaction is waited for', async () => {
  const { chain, sender } = setUp()
  chain.intercept = (method, params) => {
    if (method !== 'eth_sendRawTransaction') return undefined
    chain.intercept = () => undefined
    return chain.client.request({ method, params } as never).then(() => `0x${'00'.repeat(32)}`)
  }
  assert.equal((await sender.send(request)).success, true)
})

test('an abort ends the waiting of the one that runs and of one in the queue', async () => {
  const abort = new AbortController()
  const { chain, sender } = setUp({}, () => abort.abort(new Error('stopped')))
  const running = sender.send(request, { signal: abort.signal })
  const queued = sender.send(request, { signal: abort.signal })
  await assert.rejects(queued, { message: 'stopped' })
  await assert.rejects(running, { message: 'stopped' })
  assert.equal(chain.mempool.length, 1)
  await assert.rejects(sender.send(request, { signal: abort.signal }), { message: 'stopped' })
})
