import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENT_NAMES } from '@tessera/protocol/events'
import fc from 'fast-check'
import { getAddress, type Hex } from 'viem'
import { concernsRun, decodeLog, followedAddresses } from './decodeLogs.ts'
import { ABIS, logOf } from './events.fixture.ts'
import { FakeChain, type FakeLog } from './fakeChain.fixture.ts'
import type { RawLog } from './shapes.ts'

const { deployment } = new FakeChain()
const hash: Hex = `0x${'0'.repeat(64)}`
const raw = (log: FakeLog, change: Partial<RawLog> = {}): RawLog => ({
  ...log,
  blockNumber: 1n,
  blockHash: hash,
  transactionHash: hash,
  logIndex: 0n,
  ...change,
})

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((data): Hex => `0x${Buffer.from(data).toString('hex')}`)

interface Input {
  readonly name?: string
  readonly type: string
  readonly components?: readonly Input[]
}

/** Any value of an ABI type, as viem decodes it: up to uint48 as number. */
function anyOf(input: Input): fc.Arbitrary<unknown> {
  const { type, components = [] } = input
  const uint = /^uint(\d+)$/.exec(type)
  if (uint !== null) {
    const value = fc.bigInt({ min: 0n, max: 2n ** BigInt(uint[1]!) - 1n })
    return Number(uint[1]) <= 48 ? value.map(Number) : value
  }
  const fixed = /^bytes(\d+)$/.exec(type)
  if (fixed !== null) return bytes(Number(fixed[1]))
  switch (type) {
    case 'address':
      return bytes(20).map((value) => getAddress(value))
    case 'bool':
      return fc.boolean()
    case 'string':
      return fc.string({ unit: 'grapheme' })
    case 'bytes':
      return fc.integer({ min: 0, max: 100 }).chain(bytes)
    case 'tuple[]':
      return fc.array(anyOf({ ...input, type: 'tuple' }), { maxLength: 3 })
    default:
      assert.equal(type, 'tuple')
      return fc.record(Object.fromEntries(components.map((part) => [part.name, anyOf(part)])), {
        noNullPrototype: true,
      })
  }
}

const events = Object.entries(ABIS).flatMap(([contract, abi]) =>
  abi.flatMap((entry) =>
    entry.type === 'event'
      ? [{ contract: contract as keyof typeof ABIS, name: entry.name, inputs: entry.inputs as readonly Input[] }]
      : [],
  ),
)

for (const { contract, name, inputs } of events) {
  const wanted =
    (Object.entries(EVENT_NAMES).find(([key]) => key === contract)?.[1] as readonly string[] | undefined)?.includes(
      name,
    ) ?? false
  test(`${name} of ${contract} is ${wanted ? 'decoded to what it was made of' : 'passed over'}`, () => {
    fc.assert(
      fc.property(fc.tuple(...inputs.map(anyOf)), (values) => {
        const args = Object.fromEntries(inputs.map((input, i) => [input.name ?? '', values[i]]))
        const log = raw(logOf(deployment, contract, name, args))
        // What a seal keeps of a commitment besides.
        const more = name === 'Committed' ? { block: log.blockNumber } : {}
        assert.deepEqual(decodeLog(log, deployment), wanted ? { name, ...args, ...more } : undefined)
      }),
      { numRuns: 20 },
    )
  })
}

test('every event that the protocol knows is one of the contracts', () => {
  for (const [contract, names] of Object.entries(EVENT_NAMES))
    for (const name of names)
      assert.ok(
        events.some((event) => event.contract === contract && event.name === name),
        name,
      )
})

const claimed = logOf(deployment, 'rewardEscrow', 'Claimed', {
  manager: deployment.runCoordinator,
  run: 1n,
  operator: deployment.token,
  holder: deployment.beacon,
  source: 0n,
  epoch: 2n,
  amount: 5n,
})
const joined = logOf(deployment, 'runCoordinator', 'MemberLeaving', {
  run: 1n,
  operator: deployment.token,
  role: 1,
  slot: 2,
  lastEpoch: 3n,
})

for (const [name, log] of Object.entries<FakeLog>({
  'of another contract': { ...claimed, address: deployment.token },
  'cut short': { ...claimed, data: claimed.data.slice(0, -2) as Hex },
  'without data': { ...claimed, data: '0x' },
  'with bytes after its end': { ...claimed, data: `${claimed.data}00` },
  'with a topic too few': { ...claimed, topics: claimed.topics.slice(0, 2) },
  'with a topic too many': { ...claimed, topics: [...claimed.topics, hash] },
  'with dirt before an address': {
    ...claimed,
    topics: [...claimed.topics.slice(0, 3), `0xff${claimed.topics[3]!.slice(4)}`],
  },
  'with a slot above its type': { ...joined, data: `0x01${joined.data.slice(4)}` },
})) {
  test(`a log ${name} is refused`, () => {
    assert.throws(() => decodeLog(raw(log), deployment), { code: 'chain/bad-response' })
  })
}

test('an event that no ABI has is unknown, with no topics at all as well', () => {
  for (const topics of [[hash], []])
    assert.throws(() => decodeLog(raw({ ...claimed, topics }), deployment), {
      code: 'chain/unknown-event',
      retryable: false,
    })
})

test('only what concerns the run is of interest, but all of its operators', () => {
  const { runCoordinator, token } = deployment
  const granted = { name: 'Granted', run: 1n, manager: runCoordinator, from: token, amount: 1n } as const
  assert.equal(concernsRun(granted, 1n, runCoordinator), true)
  assert.equal(concernsRun(granted, 2n, runCoordinator), false)
  assert.equal(concernsRun({ ...granted, manager: token }, 1n, runCoordinator), false)
  assert.equal(concernsRun({ name: 'PayoutSet', operator: token, payout: token }, 1n, runCoordinator), true)
  assert.equal(concernsRun({ name: 'RunIdle', run: 1n }, 1n, runCoordinator), true)
  assert.equal(concernsRun({ name: 'RunIdle', run: 3n }, 1n, runCoordinator), false)
})

test('the token, the emission and the beacon tell nothing of a run', () => {
  const { runCoordinator, stakeVault, rewardEscrow } = deployment
  assert.deepEqual(followedAddresses(deployment), [runCoordinator, stakeVault, rewardEscrow])
})
