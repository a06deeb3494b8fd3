import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Hex, keccak256, numberToHex } from 'viem'
import { ChainFold, type FoldOptions } from './chainFold.ts'
import { FakeChain, type FakeLog, rpcError } from './fakeChain.fixture.ts'

const ADDRESS: Hex = `0x${'5'.repeat(40)}`

const log = (value: number): FakeLog => ({ address: ADDRESS, topics: [], data: numberToHex(value, { size: 4 }) })

/** Folds logs to the list of their values. */
function foldOf(chain: FakeChain, options: Partial<FoldOptions<readonly number[]>> = {}): ChainFold<readonly number[]> {
  return new ChainFold<readonly number[]>({
    chain,
    addresses: [ADDRESS],
    fromBlock: 1n,
    initial: [],
    apply: (state, { data }) => [...state, Number(data)],
    keepBlocks: 128,
    rangeBlocks: 10,
    ...options,
  })
}

const truth = (chain: FakeChain): number[] => chain.blocks.flatMap(({ logs }) => logs.map(({ data }) => Number(data)))

const mineEach = (chain: FakeChain, count: number): void => {
  for (let i = 0; i < count; i++) chain.mine([log(chain.blocks.length)])
}

test('a first poll folds all blocks, the old ones in bounded ranges', async () => {
  const chain = new FakeChain()
  mineEach(chain, 60)
  const told: string[] = []
  const onProgress = (block: bigint, head: bigint): void => void told.push(`${block} of ${head}`)
  const { current, changed, reorg } = await foldOf(chain, { onProgress }).poll()
  assert.deepEqual(told, ['10 of 60', '20 of 60', '30 of 60', '40 of 60', '44 of 60'])
  assert.deepEqual(current.state, truth(chain))
  assert.deepEqual([current.block.number, current.block.hash, current.block.timestamp], [60n, chain.head.hash, 1120n])
  assert.deepEqual([changed, reorg], [true, undefined])
  const ranges = chain.requests.flatMap(({ method, params }) => {
    const filter = params[0] as { fromBlock?: Hex; toBlock?: Hex }
    return method === 'eth_getLogs' && filter.fromBlock !== undefined
      ? [Number(filter.toBlock) - Number(filter.fromBlock) + 1]
      : []
  })
  assert.deepEqual(ranges, [10, 10, 10, 10, 4])
})

test('a poll without a new block asks one question and changes nothing', async () => {
  const chain = new FakeChain()
  mineEach(chain, 3)
  const fold = foldOf(chain)
  await fold.poll()
  chain.requests.length = 0
  assert.equal((await fold.poll()).changed, false)
  assert.equal(chain.requests.length, 1)
})

test('a new block costs two questions', async () => {
  const chain = new FakeChain()
  const fold = foldOf(chain)
  await fold.poll()
  mineEach(chain, 1)
  chain.requests.length = 0
  assert.deepEqual((await fold.poll()).current.state, [1])
  assert.equal(chain.requests.length, 2)
})

test('a chain that got shorter is stepped back over, and says so', async () => {
  const chain = new FakeChain()
  mineEach(chain, 8)
  const fold = foldOf(chain)
  const before = (await fold.poll()).current.block
  chain.lose(3)
  const { current, reorg } = await fold.poll()
  assert.deepEqual(current.state, [1, 2, 3, 4, 5])
  assert.deepEqual([reorg?.from.hash, reorg?.to?.number, reorg?.to?.hash], [before.hash, 5n, chain.head.hash])
})

test('a fork of the same height is noticed by its hash, a longer one by its parents', async () => {
  const chain = new FakeChain()
  mineEach(chain, 8)
  const fold = foldOf(chain)
  await fold.poll()
  for (const regrown of [2, 4]) {
    chain.lose(2)
    for (let i = 0; i < regrown; i++) chain.mine([log(100 + i)])
    const { current, reorg } = await fold.poll()
    assert.deepEqual(current.state, truth(chain))
    assert.notEqual(reorg, undefined)
  }
})

test('a reorganisation below what is kept replays from the first block', async () => {
  const chain = new FakeChain()
  mineEach(chain, 30)
  const fold = foldOf(chain, { keepBlocks: 4 })
  await fold.poll()
  chain.lose(20)
  mineEach(chain, 25)
  const { current, reorg } = await fold.poll()
  assert.deepEqual(current.state, truth(chain))
  assert.equal(reorg?.to, undefined)
})

test('a chain that changes while it is read is read again', async () => {
  const chain = new FakeChain()
  mineEach(chain, 5)
  let once = true
  chain.intercept = (method) => {
    if (method !== 'eth_getBlockByHash' || !once) return undefined
    once = false
    chain.lose(2)
    mineEach(chain, 3)
    return null
  }
  assert.deepEqual((await foldOf(chain).poll()).current.state, truth(chain))
})

test('servers that never agree end in chain/unstable', async () => {
  const chain = new FakeChain()
  mineEach(chain, 5)
  chain.intercept = (method) => (method === 'eth_getBlockByHash' ? null : undefined)
  await assert.rejects(foldOf(chain).poll(), { code: 'chain/unstable', retryable: true })
})

test('a server that refuses large ranges is asked for less', async () => {
  const chain = new FakeChain()
  mineEach(chain, 40)
  chain.intercept = (method, [filter]) => {
    const { fromBlock, toBlock } = filter as { fromBlock?: Hex; toBlock?: Hex }
    if (method !== 'eth_getLogs' || fromBlock === undefined) return undefined
    if (Number(toBlock) - Number(fromBlock) > 1) throw rpcError(-32005, 'query returned more than 10000 results')
    return undefined
  }
  assert.deepEqual((await foldOf(chain).poll()).current.state, truth(chain))
})

for (const far of [false, true]) {
  const where = far ? 'far from' : 'near'
  const tampered: Record<string, (logs: Record<string, unknown>[]) => void> = {
    'a log of another block hash': (logs) => {
      logs[1]!.blockHash = keccak256('0x')
    },
    'logs out of order': (logs) => void logs.reverse(),
    'a log twice': (logs) => void logs.push(logs.at(-1)!),
    'a log outside of the range': (logs) => {
      logs[0]!.blockNumber = '0xffff'
    },
    'a removed log': (logs) => {
      logs[0]!.removed = true
    },
  }
  for (const [name, tamper] of Object.entries(tampered)) {
    test(`${name}, ${where} the head: refused, and healed when the server is`, async () => {
      const chain = new FakeChain()
      // Two logs a block, so that there is an order within it.
      for (let i = 0; i < (far ? 40 : 3); i++) chain.mine([log(i), log(i)])
      const fold = foldOf(chain)
      chain.intercept = (method, params) => {
        if (method !== 'eth_getLogs') return undefined
        chain.intercept = () => undefined
        return chain.client.request({ method, params } as never).then((logs: unknown) => {
          tamper(logs as Record<string, unknown>[])
          return logs
        })
      }
      await assert.rejects(fold.poll(), { code: 'chain/bad-response', retryable: true })
      assert.deepEqual((await fold.poll()).current.state, truth(chain))
    })
  }
}

test('a block that is no parent of the next is refused', async () => {
  const chain = new FakeChain()
  mineEach(chain, 4)
  chain.intercept = (method) =>
    method === 'eth_getBlockByHash'
      ? chain.client.request({ method: 'eth_getBlockByNumber', params: ['0x1', false] })
      : undefined
  await assert.rejects(foldOf(chain).poll(), { code: 'chain/bad-response' })
})

test('logs that do not follow from one another make it forget everything, then start over', async () => {
  const chain = new FakeChain()
  mineEach(chain, 5)
  const fold = foldOf(chain, {
    apply: (state, { data }) => {
      assert.equal(Number(data), state.length + 1)
      return [...state, Number(data)]
    },
  })
  await fold.poll()
  mineEach(chain, 2)
  // A server that is behind in its logs leaves some out without a word.
  const missed = chain.blocks[6]!.hash
  chain.intercept = (method, [filter]) =>
    method === 'eth_getLogs' && (filter as { blockHash?: Hex }).blockHash === missed ? [] : undefined
  await assert.rejects(fold.poll(), { code: 'chain/bad-response', retryable: true })
  chain.intercept = () => undefined
  const { current, reorg } = await fold.poll()
  assert.deepEqual(current.state, truth(chain))
  assert.deepEqual([reorg?.from.number, reorg?.to], [5n, undefined])
})

test('whatever the chain does between polls, the value is that of its blocks', async () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant('mine' as const), count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant('lose' as const), count: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ kind: fc.constant('poll' as const), count: fc.constant(0) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
      const chain = new FakeChain()
      const fold = foldOf(chain, { keepBlocks: 20 })
      let value = 0
      let published: Hex | undefined
      for (const { kind, count } of [...actions, { kind: 'poll' as const, count: 0 }]) {
        if (kind === 'mine') for (let i = 0; i < count; i++) chain.mine(value % 3 === 0 ? [] : [log(value++)])
        else if (kind === 'lose') chain.lose(Math.min(count, chain.blocks.length - 1))
        else {
          const { current, changed, reorg } = await fold.poll()
          assert.deepEqual(current.state, truth(chain))
          assert.equal(current.block.hash, chain.head.hash)
          assert.equal(changed, published !== chain.head.hash)
          // Told exactly when what was told before is gone.
          assert.equal(
            reorg !== undefined,
            published !== undefined && !chain.blocks.some(({ hash }) => hash === published),
          )
          published = current.block.hash
        }
        value++
      }
    }),
    { numRuns: 60 },
  )
})
