import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunParams } from '@tessera/protocol/events'
import type { Hex } from 'viem'
import type { Reorg } from './chainFold.ts'
import { logOf } from './events.fixture.ts'
import { FakeChain, type FakeLog, noAnswer } from './fakeChain.fixture.ts'
import { type Followed, RunFollower } from './follow.ts'

const RUN = 2n
const OWNER: Hex = `0x${'a'.repeat(40)}`
const OPERATOR: Hex = `0x${'b'.repeat(40)}`

const params: RunParams = {
  manifestDigest: `0x${'1'.repeat(64)}`,
  manifestSize: 100n,
  genesisRoot: `0x${'2'.repeat(64)}`,
  trainSeconds: 60,
  commitSeconds: 10,
  revealSeconds: 10,
  attestSeconds: 10,
  scoreCommitSeconds: 10,
  scoreRevealSeconds: 10,
  maxLeaders: 2,
  roundsPerEpoch: 2,
  maxRounds: 0n,
  maxIncluded: 4,
  minMiners: 1,
  maxMiners: 4,
  minValidators: 1,
  maxValidators: 4,
  protectionEpochs: 0,
  minerStake: 10n,
  validatorStake: 10n,
  validatorWeightCap: 100n,
  rewardToken: `0x${'1'.repeat(40)}`,
  minPot: 1000n,
  epochPot: 1000n,
  minerShareBps: 5000,
  validatorShareBps: 4000,
  maxBlobBytes: 1000,
  chunks: { k: 2, chunkSize: 8, chunkCount: 3, clipQ8: 512, rateQ16: 65_536, maxInnerSteps: 3, batch: 8 },
}

function setUp() {
  const chain = new FakeChain()
  const follower = new RunFollower({ chain, run: RUN })
  const updates: Followed[] = []
  const reorgs: Reorg[] = []
  const endUpdates = follower.onUpdate((followed) => updates.push(followed))
  const endReorgs = follower.onReorg((reorg) => reorgs.push(reorg))
  const log = (
    contract: 'runCoordinator' | 'stakeVault' | 'rewardEscrow',
    name: string,
    args: Record<string, unknown>,
  ): FakeLog => logOf(chain.deployment, contract, name, args)
  const created = (run: bigint) => log('runCoordinator', 'RunCreated', { run, owner: OWNER, params, deposit: 5n })
  const joined = (run: bigint) =>
    log('runCoordinator', 'MemberJoined', {
      run,
      operator: OPERATOR,
      role: 0,
      slot: 0,
      activeFrom: 1n,
      stake: 10n,
      weight: 0n,
    })
  const granted = (manager: Hex) => log('rewardEscrow', 'Granted', { manager, run: RUN, from: OWNER, amount: 70n })
  return { chain, follower, updates, reorgs, endUpdates, endReorgs, log, created, joined, granted }
}

test('follows its run and no other', async () => {
  const { chain, follower, updates, log, created, joined, granted } = setUp()
  assert.equal(follower.current, undefined)
  chain.mine([log('stakeVault', 'EndpointSet', { operator: OPERATOR, endpoint: 'http://a' }), created(1n)])
  chain.mine([
    created(RUN),
    joined(1n),
    joined(RUN),
    log('runCoordinator', 'KeySet', { run: RUN, role: 0, slot: 0, key: OPERATOR }),
    log('stakeVault', 'Deposited', { operator: OPERATOR, holder: OWNER, amount: 9n, shares: 9n }),
  ])
  chain.mine([granted(chain.deployment.runCoordinator), granted(OWNER)])
  assert.equal(await follower.poll(), true)
  const { state, block } = follower.current!
  assert.deepEqual([state.run, state.phase, state.owner, state.granted], [RUN, 'Idle', OWNER, 70n])
  assert.deepEqual(state.params, params)
  assert.deepEqual([...state.miners.keys()], [0])
  assert.equal(state.operators.get(OPERATOR)?.endpoint, 'http://a')
  assert.deepEqual([block.number, block.hash, block.timestamp], [3n, chain.head.hash, 1006n])
  assert.deepEqual(updates, [follower.current])
})

test('an empty block is news, the same block is none', async () => {
  const { chain, follower, updates } = setUp()
  await follower.poll()
  chain.mine()
  assert.deepEqual([await follower.poll(), await follower.poll()], [true, false])
  assert.equal(updates.length, 2)
})

test('lost blocks take their events with them; listeners hear of it first', async () => {
  const { chain, follower, updates, reorgs, endUpdates, endReorgs, created, joined } = setUp()
  chain.mine([created(RUN)])
  chain.mine([joined(RUN)])
  await follower.poll()
  const lost = follower.current!.block
  chain.lose(1)
  const order: string[] = []
  follower.onReorg(() => order.push('reorg'))
  follower.onUpdate(() => order.push('update'))
  await follower.poll()
  assert.equal(follower.current!.state.miners.size, 0)
  assert.deepEqual(order, ['reorg', 'update'])
  assert.deepEqual([reorgs[0]?.from.hash, reorgs[0]?.to?.hash], [lost.hash, chain.head.hash])

  endUpdates()
  endReorgs()
  chain.mine([joined(RUN)])
  await follower.poll()
  assert.deepEqual([updates.length, reorgs.length, follower.current!.state.miners.size], [2, 1, 1])
})

test('a failed poll leaves the state as it was', async () => {
  const { chain, follower } = setUp()
  await follower.poll()
  const before = follower.current
  chain.mine()
  chain.intercept = (method) => {
    if (method === 'eth_getLogs') throw noAnswer()
    return undefined
  }
  await assert.rejects(follower.poll(), { code: 'chain/unreachable', retryable: true })
  assert.equal(follower.current, before)
  chain.intercept = () => undefined
  assert.equal(await follower.poll(), true)
})

test('events that the rules make impossible are the fault of the server', async () => {
  const { chain, follower, joined, created } = setUp()
  chain.mine([joined(RUN), created(RUN)])
  await assert.rejects(follower.poll(), { code: 'chain/bad-response', retryable: true })
})

test('an event that this program does not know ends it', async () => {
  const { chain, follower } = setUp()
  chain.mine([{ address: chain.deployment.runCoordinator, topics: [`0x${'7'.repeat(64)}`], data: '0x' }])
  await assert.rejects(follower.poll(), { code: 'chain/unknown-event', retryable: false })
})

test('a chain that was started anew is another chain', async () => {
  const { chain, follower } = setUp()
  chain.mine()
  await follower.poll()
  chain.lose(2)
  chain.mine()
  chain.mine()
  for (const _again of [1, 2]) await assert.rejects(follower.poll(), { code: 'chain/wrong-chain', retryable: false })
})

test('polls at the same time are one poll', async () => {
  const { chain, follower } = setUp()
  const both = await Promise.all([follower.poll(), follower.poll()])
  assert.deepEqual(both, [true, true])
  assert.equal(chain.requests.filter(({ params }) => params[0] === 'latest').length, 1)
})
