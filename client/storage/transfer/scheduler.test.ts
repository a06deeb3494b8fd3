import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { parseBlockCid } from '../blobRef.ts'
import { importBlob } from '../importer.ts'
import { MemoryBlocks } from '../memoryBlocks.ts'
import { mirror } from '../testSource.ts'
import type { Timer } from '../timer.ts'
import type { Transport } from '../transport.ts'
import { vectorBytes } from '../vectorBytes.ts'
import { VerifiedFetcher } from '../verifiedFetcher.ts'
import { FETCH_LIMITS } from './limits.ts'
import { VirtualTimer } from './virtualTimer.ts'

const PROFILE = { leafBytes: 128, maxLinks: 5 }

/** A machine with much to do: time passes at each look at the clock, and timers ring up to a millisecond early, as Node's do. */
function restless(virtual: VirtualTimer, stepMs: number): Timer {
  let passed = 0
  return {
    now: () => {
      passed += stepMs
      return virtual.now() + passed
    },
    sleep: (ms, signal) => virtual.sleep(Math.max(0, Math.floor(ms - 0.9)), signal),
  }
}

test('a source that failed is asked again however time passes between two looks at the clock', async () => {
  for (let step = 1; step <= 40; step++) {
    const virtual = new VirtualTimer()
    const origin = new MemoryBlocks()
    const put = (digest: Hex, bytes: Uint8Array) => origin.put(digest, bytes)
    const ref = await importBlob(vectorBytes(2_000, 'scheduler'), { put, maxBytes: 2_000, profile: PROFILE })
    let asked = 0
    const transport: Transport = {
      fetchBlock: async ({ cid }) => {
        // Every other one.
        if (asked++ % 2 === 0) throw new TesseraError('storage/unreachable', 'cut', { retryable: true })
        return (await origin.get(parseBlockCid(cid).digest)) as Uint8Array<ArrayBuffer>
      },
      close: () => {},
    }
    const timer = restless(virtual, step / 10)
    const parts = { transport, timer, limits: FETCH_LIMITS, profile: PROFILE, allowLoopback: false }
    const shelf = new MemoryBlocks()
    const options = { sources: [mirror('https://one.example')], deadlineMs: 600_000, maxBytes: 2_000 }
    await virtual.run(new VerifiedFetcher(parts).fetch(ref, shelf, options))
    // Not by the deadline: whoever waits for that has been forgotten.
    assert.ok(virtual.now() < 60_000, `${step / 10} ms a look: ${virtual.now()} ms`)
  }
})
