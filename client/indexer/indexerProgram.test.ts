// The whole program over a chain in memory behind JSON-RPC: without the observer, whose tests are its own.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Lifecycle } from '@tessera/agent/lifecycle'
import { parseOptions } from '@tessera/agent/options'
import { formatDeployment } from '@tessera/chain/addresses'
import { serveChain } from '@tessera/node/testing/rpcServer'
import { playRound, staffedRun } from '@tessera/protocol/plays.fixture'
import { RUN } from '@tessera/protocol/simulatedRun.fixture'
import { ask } from './api/client.ts'
import { CONFIG_PATH, LIVE_PATH } from './api/routes.ts'
import { runIndexer } from './indexerProgram.ts'
import { StoryChain } from './ingest/storyChain.fixture.ts'
import { indexerOptions } from './options.ts'

interface Program {
  readonly url: string
  /** Everything that it logged. */
  readonly records: readonly Record<string, unknown>[]
  stop(): Promise<void>
}

async function start(t: TestContext, rpc: string, folder: string): Promise<Program> {
  const argv = ['--rpc', rpc, '--deployment', join(folder, 'deployment.json'), '--data', folder, '--listen-port', '0']
  const more = ['--log-format', 'json', '--poll-interval', '50ms', '--no-observe', '--network', 'memory']
  const options = parseOptions(indexerOptions, { argv: [...argv, ...more], env: {} })
  const records: Record<string, unknown>[] = []
  const opened = Promise.withResolvers<string>()
  const write = t.mock.method(process.stdout, 'write', (line: string) => {
    const record = JSON.parse(line) as { context?: { event?: string; url?: string } }
    records.push(record)
    if (record.context?.event === 'open') opened.resolve(record.context.url ?? '')
    return true
  })
  const lifecycle = new Lifecycle()
  const ended = runIndexer(options, lifecycle)
  ended.catch(opened.reject)
  const stop = async (): Promise<void> => {
    await lifecycle.close()
    await ended
    write.mock.restore()
  }
  return { url: await opened.promise, records, stop }
}

test('follows the chain, tells what is new, and goes on after a restart', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'indexer-'))
  t.after(() => rm(folder, { recursive: true }))
  const story = new StoryChain()
  const simulated = staffedRun()
  playRound(simulated)
  story.tell(simulated.events)
  const rpc = await serveChain(t, story.fake)
  await writeFile(join(folder, 'deployment.json'), formatDeployment(story.chain.deployment))

  const first = await start(t, rpc, folder)
  const stream = await fetch(`${first.url}${LIVE_PATH}`)
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
  let told = ''
  const until = async (wanted: string): Promise<void> => {
    while (!told.includes(wanted)) told += (await reader?.read())?.value ?? ''
  }
  await until(`"runs":[${RUN}]`)
  assert.equal((await ask(first.url, 'runs', {}))[0]?.finalRounds, 1)
  const config = (await (await fetch(`${first.url}${CONFIG_PATH}`)).json()) as { network: string; rpc: string }
  assert.deepEqual([config.network, config.rpc], ['memory', rpc])
  assert.match(await (await fetch(`${first.url}/metrics`)).text(), /tessera_indexer_indexed_block_count \d+/)

  // The chain loses its newest blocks: whoever listens is told.
  story.fake.lose(5)
  story.fake.mine()
  await until('"reorg":true')
  const { reorgs, indexed } = await ask(first.url, 'status', {})
  assert.equal(reorgs.length, 1)
  await reader?.cancel()
  await first.stop()
  assert.ok(first.records.every(({ level }) => level !== 'error'))

  const second = await start(t, rpc, folder)
  const status = await ask(second.url, 'status', {})
  assert.deepEqual(status.indexed, indexed)
  await second.stop()
})
