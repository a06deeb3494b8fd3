import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { BlobRef } from './blobRef.ts'
import { openEmbeddedStore } from './embeddedStore.ts'

// Puts one blob, says its reference, and is killed in the middle of a second put that never ends.
const VICTIM = `
import { openEmbeddedStore } from ${JSON.stringify(import.meta.resolve('./embeddedStore.ts'))}
const store = await openEmbeddedStore({ dir: process.argv[1], quotaBytes: 2 ** 30 })
const ref = await store.put(new Uint8Array(2_000_000).fill(7), { round: 3, maxBytes: 2 ** 30 })
async function* endless() {
  for (let n = 1; ; n++) {
    yield new Uint8Array(2 ** 20).fill(n)
    if (n === 12) console.log(JSON.stringify(ref))
    if (n > 12) await new Promise(() => setInterval(() => {}, 1000))
  }
}
await store.put(endless(), { round: 3, maxBytes: 2 ** 30 })
`

describe('a process killed in the middle of a put', () => {
  test('leaves the finished blob whole, and nothing of the unfinished one', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tessera-crash-'))
    const child = spawn(process.execPath, ['--input-type=module', '-e', VICTIM, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(child.stdout, 'data')
    const ref: BlobRef = JSON.parse(String(line))
    child.kill('SIGKILL')
    await once(child, 'exit')

    const store = await openEmbeddedStore({ dir, quotaBytes: 2 ** 30 })
    const bytes = await store.read(ref, { sources: [], deadlineMs: 60_000, maxBytes: 2 ** 30, round: 3 })
    assert.equal(Buffer.compare(bytes, new Uint8Array(2_000_000).fill(7)), 0)
    const stored = (await Array.fromAsync(store.blocks.list())).reduce((total, block) => total + block.bytes, 0)
    assert.equal(store.usedBytes, stored)
    assert.ok(stored < 2_010_000, `${stored} bytes are left`)
    await store.close()
    await rm(dir, { recursive: true, force: true })
  })
})
