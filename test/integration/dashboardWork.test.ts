// The dashboard's worker without a browser: orders in, steps and texts out, over HTTP against a network in memory.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { MemoryStateCache } from '@tessera/dashboard/model/stateCache'
import { WorkClient, type WorkerPort } from '@tessera/dashboard/work/client'
import { Desk, type DeskParts } from '@tessera/dashboard/work/desk'
import type { FromWorker } from '@tessera/dashboard/work/messages'
import { networkEvidence } from '@tessera/dashboard/work/networkEvidence'
import { minerAddress } from '@tessera/node/testing/storyParts'
import { tinyRun } from '@tessera/node/testing/tinyRun'
import { aggregate } from '@tessera/protocol/aggregate'
import { decodeContribution } from '@tessera/protocol/contribution'
import { includedIn } from '@tessera/protocol/runView'
import { Generator } from '@tessera/training/generate'
import { toFloat } from '@tessera/training/parameters'
import { bytesTokenizer } from '@tessera/training/tokenizer/bytesTokenizer'
import { DashboardNetwork } from './dashboardNetwork.ts'

const MINER = minerAddress(0)

interface Scene {
  readonly made: DashboardNetwork
  readonly cache: MemoryStateCache
  readonly client: WorkClient
}

/** A page and its worker, in one thread. */
async function scene(t: TestContext, parts: Partial<DeskParts> = {}): Promise<Scene> {
  const made = await DashboardNetwork.start(t)
  const cache = new MemoryStateCache()
  const open = (): WorkerPort => {
    const heard: ((message: FromWorker) => void)[] = []
    const tell = (message: FromWorker): void => {
      // As the browser does between threads.
      for (const listener of heard) listener(structuredClone(message))
    }
    const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    const desk = new Desk({ cache: async () => cache, tell, now: () => 0, pause, ...parts })
    return {
      send: (message) => desk.take(structuredClone(message)),
      listen: (onMessage) => void heard.push(onMessage),
      end: () => void heard.splice(0),
    }
  }
  const client = new WorkClient(made.network, open)
  return { made, cache, client }
}

/** What Node's own generator writes by the state after a round. */
async function nodeText(made: DashboardNetwork, round: bigint, prompt: string, seed: number): Promise<string> {
  const { bundle, layout, manifest } = await tinyRun()
  let state = bundle.genesis
  for (let at = 1n; at <= round; at++) {
    const blobs = includedIn(made.story.state, at).map(async ({ digest, size }) => {
      const evidence = networkEvidence(made.network)
      const ref = { digest, size: Number(size) }
      const { signal } = new AbortController()
      const query = { ref, state: made.story.state, author: null, maxBytes: ref.size, signal }
      return decodeContribution(await evidence.readBlob(query), { layout, codec: manifest.codec })
    })
    state = aggregate(state, await Promise.all(blobs), layout, manifest.aggregation)
  }
  const generator = await Generator.create({ program: bundle.programs.generate, config: bundle.model })
  const tokens: number[] = []
  const request = { parameters: toFloat(state), prompt: bytesTokenizer.encode(prompt), seed, maxTokens: 30, topK: 40 }
  for await (const token of generator.generate({ ...request, temperature: 0.8 })) tokens.push(token)
  await generator.dispose()
  return bytesTokenizer.decode(tokens)
}

const WRITE = { prompt: 'Alice', seed: 7, temperature: 0.8, topK: 1_000, maxTokens: 30 }

test('a checkpoint is loaded, and writes what Node’s model writes from the same seed', async (t) => {
  const { made, client } = await scene(t)
  const states: string[] = []
  const job = client.start(
    'loadModel',
    { run: 1n },
    {
      onSteps: (steps) => states.push(steps.map(({ state }) => state).join()),
    },
  )
  const facts = await job.done
  assert.deepEqual(facts, {
    name: 'tiny',
    run: 1n,
    round: 2n,
    root: made.story.state.stateRoot,
    parameters: 4568,
    vocabSize: 256,
    context: 8,
  })
  assert.equal(states.at(-1), 'green,green,green,green,green,green')
  const pieces: string[] = []
  const write = client.start('write', { ...WRITE, topK: 40 }, { onText: (piece) => pieces.push(piece) })
  const { text } = await write.done
  assert.equal(text, await nodeText(made, 2n, WRITE.prompt, WRITE.seed))
  assert.equal(pieces.join(''), text)

  const sample = await client.start('sample', { ...WRITE, topK: 40 }).done
  assert.equal(sample.text, `${WRITE.prompt}${text}`.replaceAll('\0', '\uFFFD'))

  const genesis = await client.start('loadModel', { run: 1n, round: 0n }).done
  assert.equal(genesis?.round, 0n)
  const other = await client.start('write', { ...WRITE, topK: 40 }).done
  assert.equal(other.text, await nodeText(made, 0n, WRITE.prompt, WRITE.seed))
  // More than there are tokens is all of them.
  assert.notEqual((await client.start('write', WRITE).done).text, '')
  client.close()
})

test('a state that was worked out before is gone on from, unless it is damaged', async (t) => {
  const { made, client, cache } = await scene(t)
  const folded: string[] = []
  const load = async (round: bigint): Promise<void> => {
    const job = client.start(
      'loadModel',
      { run: 1n, round },
      {
        onSteps: (steps) => {
          const fold = steps.find(({ id, state }) => id === 'fold' && state === 'green')
          if (fold !== undefined) folded.push(fold.says)
        },
      },
    )
    assert.equal((await job.done)?.round, round)
  }
  await load(1n)
  await load(2n)
  const root = made.story.state.rounds[0]?.parentRoot
  assert.ok(root)
  assert.deepEqual(
    [...new Set(folded)],
    ['1 round folded', '1 round folded, after 1 that this browser had worked out before'],
  )
  const kept = await cache.get(made.story.state.stateRoot)
  assert.ok(kept)
  kept[5] = (kept[5] ?? 0) + 1
  await load(2n)
  assert.deepEqual(await cache.get(made.story.state.stateRoot), kept.with(5, (kept[5] ?? 0) - 1))
  client.close()
})

test('a check runs in the worker, and its last steps arrive', async (t) => {
  const { made, client } = await scene(t)
  made.earn(MINER, 1n)
  made.tellRound(1)
  let last: readonly string[] = []
  const onSteps = (steps: readonly { state: string }[]): void => {
    last = steps.map(({ state }) => state)
  }
  const of = { run: 1n, epoch: 1n, operator: MINER, holder: MINER, source: 0n }
  const explained = await client.start('verifyPayout', of, { onSteps }).done
  assert.equal(explained?.equal, true)
  assert.deepEqual(explained?.token, { symbol: 'TSRA', decimals: 18 })
  assert.deepEqual(new Set(last), new Set(['green']))
  assert.equal(await client.start('verifyCheckpoint', { run: 1n, round: 1n }, { onSteps }).done, null)
  assert.deepEqual(last, ['green', 'green', 'green', 'green', 'green', 'green', 'skipped'])
  client.close()
})

test('steps that fail leave no model, and say what failed', async (t) => {
  const { client } = await scene(t)
  const codes: string[] = []
  const onSteps = (steps: readonly { code: string }[]): void => {
    for (const { code } of steps) if (code !== '' && !codes.includes(code)) codes.push(code)
  }
  assert.equal(await client.start('loadModel', { run: 1n, round: 9n }, { onSteps }).done, null)
  assert.equal(await client.start('loadModel', { run: 2n }, { onSteps }).done, null)
  await assert.rejects(client.start('write', WRITE).done, { code: 'work/no-model' })
  assert.deepEqual(codes, ['model/no-such-checkpoint', 'verify/unknown-run'])
  client.close()
})

test('what takes long is asked about first, and not begun without a yes', async (t) => {
  const { client } = await scene(t, { freeBytes: 1_000 })
  const costs: unknown[] = []
  const job = client.start(
    'loadModel',
    { run: 1n },
    {
      onCost: ({ rounds, bytes }, agree) => {
        costs.push([rounds, bytes > 4 * 4568])
        agree()
      },
    },
  )
  assert.equal((await job.done)?.round, 2n)
  const refused = client.start('loadModel', { run: 1n, round: 1n }, { onCost: () => refused.cancel() })
  await assert.rejects(refused.done, { code: 'work/cancelled', retryable: true })
  assert.deepEqual(costs, [[2, true]])
  client.close()
})

test('a text that is stopped ends between two tokens', async (t) => {
  const { client } = await scene(t)
  await client.start('loadModel', { run: 1n, round: 0n }).done
  let pieces = 0
  const job = client.start(
    'write',
    { ...WRITE, maxTokens: 10_000 },
    {
      onText: () => {
        if (++pieces === 5) job.cancel()
      },
    },
  )
  await assert.rejects(job.done, { code: 'work/cancelled' })
  assert.ok(pieces < 20)
  client.close()
})

test('a worker that fails fails its jobs, and the next job has a new one', async (t) => {
  const made = await DashboardNetwork.start(t)
  let opened = 0
  const client = new WorkClient(made.network, () => {
    opened++
    return {
      send: () => undefined,
      listen: (_, onFailure) => void setImmediate(() => onFailure('out of memory')),
      end: () => undefined,
    }
  })
  await assert.rejects(client.start('loadModel', { run: 1n }).done, { code: 'work/worker-failed' })
  await assert.rejects(client.start('loadModel', { run: 1n }).done, { code: 'work/worker-failed' })
  assert.equal(opened, 2)
  const left = client.start('loadModel', { run: 1n })
  client.close()
  await assert.rejects(left.done, { code: 'work/cancelled' })
})
