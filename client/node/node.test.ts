import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createKeystore } from '@tessera/agent/keystore'
import { Lifecycle } from '@tessera/agent/lifecycle'
import { ManualClock } from '@tessera/agent/manualClock'
import { parseOptions } from '@tessera/agent/options'
import { formatDeployment } from '@tessera/chain/addresses'
import { logOf } from '@tessera/chain/events.fixture'
import { FakeChain, rpcError } from '@tessera/chain/fakeChain.fixture'
import type { Followed } from '@tessera/chain/follow'
import { TesseraError } from '@tessera/protocol/errors'
import type { RunParams } from '@tessera/protocol/events'
import { keccak256 } from '@tessera/protocol/hash'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import { chunkRulesOf, encodeManifest } from '@tessera/protocol/manifest'
import { mirror, peer } from '@tessera/storage/testSource'
import { type Node, openNode, runNode } from './node.ts'
import { nodeOptions } from './nodeOptions.ts'
import type { Service } from './service.ts'
import { memoryStore, serve, tempFolder } from './testing/parts.ts'
import { Log } from './testing/recorders.ts'
import { serveChain } from './testing/rpcServer.ts'
import { RunStory } from './testing/runStory.ts'
import { OWNER, STORY_PARAMS } from './testing/storyParts.ts'
import { tinyRun } from './testing/tinyRun.ts'

const OPERATOR: Hex = `0x${'Ab'.repeat(20)}`
const asWord = (address: Hex): Hex => `0x${'0'.repeat(24)}${address.slice(2).toLowerCase()}`

/** A chain with our contracts and a key in a file. */
async function scene(t: TestContext) {
  const chain = new FakeChain()
  chain.onCall = () => asWord(OPERATOR)
  const folder = await tempFolder(t)
  const keystore = join(folder, 'key.json')
  const { address } = await createKeystore({ path: keystore, password: 'pass', cost: 1024 })
  const deployment = join(folder, 'deployment.json')
  await writeFile(deployment, formatDeployment(chain.deployment))
  const rpc = await serveChain(t, chain)
  const open = async (more: readonly string[] = []) => {
    const lifecycle = new Lifecycle()
    t.after(() => lifecycle.close())
    const data = join(folder, 'data')
    const argv = ['--rpc', rpc, '--deployment', deployment, '--keystore', keystore, '--data', data, '--allow-private']
    const options = parseOptions(nodeOptions, {
      argv: [...argv, '--listen-port', '0', '--log-level', 'error', '--keystore-password', 'pass', ...more],
      env: {},
    })
    const routes = { '/more': (_: unknown, response: { end(text: string): unknown }) => void response.end('more') }
    return { lifecycle, node: openNode({ component: 'miner', options, lifecycle, routes, settings: {} }) }
  }
  const create = (run: bigint, params: RunParams) =>
    chain.mine([logOf(chain.deployment, 'runCoordinator', 'RunCreated', { run, owner: OWNER, params, deposit: 0n })])
  return { chain, open, create, address }
}

test('a key that nobody has named is told apart from a defect', async (t) => {
  const { chain, open, address } = await scene(t)
  const selector = bytesToHex(keccak256(new TextEncoder().encode('StakeVaultUnknownOperator(address)'))).slice(0, 10)
  chain.onCall = () => {
    throw rpcError(3, 'execution reverted', `${selector}${asWord(address).slice(2)}`)
  }
  const { node, lifecycle } = await open()
  await assert.rejects(node, {
    code: 'node/not-an-operator',
    retryable: false,
    context: { account: address, stakeVault: chain.deployment.stakeVault },
  })
  await lifecycle.close()
})

test('a run that does not exist is told, and everything that was opened is closed', async (t) => {
  const { chain, open, create } = await scene(t)
  create(1n, STORY_PARAMS)
  chain.mine()
  for (const _ of [1, 2]) {
    // The second time would find the journal locked.
    const { node, lifecycle } = await open(['--run', '2'])
    await assert.rejects(node, { code: 'node/unknown-run' })
    await lifecycle.close()
  }
})

test('opens all parts of a node', async (t) => {
  const { open, create } = await scene(t)
  const { manifest, files, bundle } = await tinyRun()
  const creator = await memoryStore(t)
  const { url } = await serve(t, creator)
  for (const blob of Object.values(files)) await creator.put(blob, { round: 0, maxBytes: 2 ** 20 })
  const { digest, size } = await creator.put(encodeManifest(manifest), { round: 0, maxBytes: 2 ** 20 })
  const chunks = chunkRulesOf(manifest)
  const named = { manifestDigest: digest, manifestSize: BigInt(size), genesisRoot: manifest.genesis.root, chunks }
  create(1n, { ...STORY_PARAMS, ...named })

  const { node: opening, lifecycle } = await open(['--mirrors', url])
  const node = await opening
  assert.equal(node.operator, OPERATOR.toLowerCase())
  assert.equal(node.run, 1n)
  assert.deepEqual(node.bundle.manifest, manifest)
  assert.deepEqual(node.replica.state, bundle.genesis)
  assert.equal(node.follower.current?.state.phase, 'Idle')
  assert.deepEqual(node.sources(OPERATOR), [mirror(url)])
  // What it fetched, it serves on; and what the program adds.
  const later = await memoryStore(t)
  const read = { sources: [peer(node.gatewayUrl)], deadlineMs: 60_000, maxBytes: 2 ** 20, round: 0 }
  assert.deepEqual(await later.read(manifest.genesis, read), files.genesis)
  assert.equal(await (await fetch(`${node.gatewayUrl}/more`)).text(), 'more')
  assert.equal((await fetch(`${node.gatewayUrl}/status`)).status, 200)

  await lifecycle.close()
  await assert.rejects(fetch(`${node.gatewayUrl}/status`))
  const again = await open(['--endpoint', 'https://miner.example'])
  assert.equal((await again.node).endpoint(undefined), 'https://miner.example')
})

/** A node with nothing but a loop, on a clock that the test moves. */
function loop(services: (stop: () => void) => readonly Service[]) {
  const stop = new AbortController()
  const clock = new ManualClock()
  const log = new Log()
  const story = new RunStory()
  const polls: number[] = []
  let current: Followed | undefined
  const follower = {
    get current() {
      return current
    },
    poll: async () => {
      polls.push(clock.now())
      current = story.view
      return true
    },
  }
  const node = {
    options: { pollInterval: 100 },
    signal: stop.signal,
    clock,
    logger: log.logger,
    follower,
  } as unknown as Node
  const done = runNode(
    node,
    services(() => stop.abort(new Error('stop'))),
  )
  return { done, clock, log, story, stop, polls, follower }
}

const later = new TesseraError('chain/unreachable', 'not now', { retryable: true })

test('asks each service in order at each look, until it is told to stop', async () => {
  const asked: string[] = []
  const service = (name: string): Service => ({
    name,
    step: async ({ state }) => {
      asked.push(`${name} ${state.phase}`)
    },
  })
  const { done, clock, story, stop, polls } = loop(() => [service('one'), service('two')])
  await clock.whenSleeping()
  assert.deepEqual(asked.splice(0), ['one Idle', 'two Idle'])
  story.openRound()
  await clock.advance(100)
  assert.deepEqual(asked, ['one Train', 'two Train'])
  assert.deepEqual(polls, [0, 100])
  stop.abort()
  await done
})

test('what a service cannot do now does not keep the others from their turn', async () => {
  const asked: string[] = []
  const failing: Service = { name: 'failing', step: () => Promise.reject(later) }
  const other: Service = {
    name: 'other',
    step: async () => {
      asked.push('other')
    },
  }
  const { done, clock, log, stop } = loop(() => [failing, other])
  await clock.whenSleeping()
  await clock.advance(100)
  assert.deepEqual(asked, ['other', 'other'])
  assert.deepEqual(
    log.entries.map(({ level, message, error }) => ({ level, message, error })),
    [{ level: 'failure', message: 'failing will try again', error: later }],
    'once, however often it fails in this way',
  )
  stop.abort()
  await done
})

test('any other failure of a service ends the node', async () => {
  const wrong = new TesseraError('replica/root-mismatch', 'no')
  for (const error of [wrong, new Error('a defect')]) {
    const { done, log } = loop(() => [{ name: 'failing', step: () => Promise.reject(error) }])
    await assert.rejects(done, error)
    assert.equal(log.at('failure').length, 1)
  }
})

test('a chain that does not answer is asked again at the next look', async () => {
  const asked: string[] = []
  const service: Service = {
    name: 'one',
    step: async () => {
      asked.push('one')
    },
  }
  const { done, clock, follower, log, stop, story } = loop(() => [service])
  const poll = follower.poll
  await clock.whenSleeping()
  follower.poll = () => Promise.reject(later)
  await clock.advance(100)
  assert.deepEqual(asked, ['one'])
  assert.equal(log.at('failure').length, 1)
  follower.poll = poll
  await clock.advance(100)
  assert.deepEqual(asked, ['one', 'one'])
  assert.equal(story.state.phase, 'Idle')
  stop.abort()
  await done
})

test('a stop in the middle of a look is no failure, and the rest of the look is left out', async () => {
  const asked: string[] = []
  const { done, log } = loop((stop) => [
    {
      name: 'stopping',
      step: () => {
        stop()
        return Promise.reject(new Error('told to stop'))
      },
    },
    {
      name: 'never',
      step: async () => {
        asked.push('never')
      },
    },
  ])
  await done
  assert.deepEqual(asked, [])
  assert.deepEqual(log.entries, [])
})
