// A chain with one tiny run on it, a gateway with the run's blobs, and observers of it, for tests.

import type { TestContext } from 'node:test'
import { ManualClock } from '@tessera/agent/manualClock'
import { memoryStore, serve, tempFolder } from '@tessera/node/testing/parts'
import { StoryChain } from '@tessera/node/testing/storyChain'
import { tinyRun } from '@tessera/node/testing/tinyRun'
import { TinyStory } from '@tessera/node/testing/tinyStory'
import type { RunParams } from '@tessera/protocol/events'
import { encodeManifest } from '@tessera/protocol/manifest'
import { MemoryBook } from './memoryBook.fixture.ts'
import { Observer, type ObserverParts } from './observer.ts'

const MAX_BYTES = 2 ** 20
const FOR_GOOD = { round: 0, maxBytes: MAX_BYTES, keep: 'checkpoint' } as const

export async function scene(t: TestContext, params: Partial<RunParams> = {}) {
  const { manifest, files } = await tinyRun()
  const nodes = await memoryStore(t)
  const { url } = await serve(t, nodes)
  for (const blob of Object.values(files)) await nodes.put(blob, FOR_GOOD)
  const { digest, size } = await nodes.put(encodeManifest(manifest), FOR_GOOD)
  const named = { manifestDigest: digest, manifestSize: BigInt(size) }
  const tiny = await TinyStory.begin({ store: nodes, params: { ...named, roundsPerEpoch: 10, ...params } })
  const chain = new StoryChain()
  const folder = await tempFolder(t)
  const clock = new ManualClock()
  const book = new MemoryBook()
  const errors: unknown[] = []
  const observed: bigint[] = []
  const stop = new AbortController()

  const open = async (more: Partial<ObserverParts> = {}): Promise<Observer> => {
    const observer = new Observer({
      chain: { client: chain.chain.client, deployment: chain.deployment },
      book,
      store: await memoryStore(t),
      quotaBytes: 2 ** 26,
      folder,
      mirrors: [url],
      device: 'cpu',
      signal: stop.signal,
      clock,
      onObserved: (run) => observed.push(run),
      onError: (error) => errors.push(error),
      ...more,
    })
    t.after(() => observer.close())
    return observer
  }
  /** A look after all that has happened in the story. */
  const look = async (observer: Observer): Promise<void> => {
    chain.mine(tiny.story)
    await observer.step(() => undefined)
  }
  const publish = (bytes: Uint8Array) => nodes.put(bytes, { round: 1, maxBytes: MAX_BYTES })
  return {
    tiny,
    story: tiny.story,
    chain,
    nodes,
    url,
    folder,
    clock,
    book,
    errors,
    observed,
    stop,
    open,
    look,
    publish,
  }
}
