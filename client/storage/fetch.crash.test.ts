import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEmbeddedStore } from './embeddedStore.ts'
import { BEHAVIOURS, startSource } from './hostileSource.ts'
import { importBlob } from './importer.ts'
import { MemoryBlocks } from './memoryBlocks.ts'
import { author } from './testSource.ts'
import { vectorBytes } from './vectorBytes.ts'

const LEAVES = 12
const BEFORE = 8
const BYTES = vectorBytes(LEAVES * 2 ** 20, 'crash')

// Fetches a blob and waits for blocks that never come.
const VICTIM = `
import { openEmbeddedStore } from ${JSON.stringify(import.meta.resolve('./embeddedStore.ts'))}
const [dir, ref, url] = process.argv.slice(1)
const store = await openEmbeddedStore({ dir, quotaBytes: 2 ** 30, allowLoopback: true })
const onProgress = ({ received }) => { if (received === ${BEFORE} * 2 ** 20) console.log('now') }
await store.read(JSON.parse(ref), { sources: [{ url, role: 'author' }], deadlineMs: 600_000, maxBytes: 2 ** 30, round: 1, onProgress })
`

test('a fetch that was killed goes on from the blocks that it had, and asks for no other again', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'tessera-fetch-crash-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  const blocks = new MemoryBlocks()
  const put = (digest: `0x${string}`, bytes: Uint8Array) => blocks.put(digest, bytes)
  const ref = await importBlob(BYTES, { put, maxBytes: 2 ** 30 })
  let isHeld = true
  const sent: number[] = []
  // The root, then as many leaves.
  const source = await startSource((exchange) => {
    if (isHeld && exchange.index > BEFORE) return
    sent.push(exchange.index)
    BEHAVIOURS.good(exchange)
  }, blocks)
  t.after(() => source.close())
  const argv = ['--input-type=module', '-e', VICTIM, dir, JSON.stringify(ref), source.url]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')

  const sentBefore = new Set(sent.map((index) => source.asked[index]))
  assert.equal(sentBefore.size, BEFORE + 1)
  const askedBefore = source.asked.length
  isHeld = false
  const store = await openEmbeddedStore({ dir, quotaBytes: 2 ** 30, allowLoopback: true })
  const options = { sources: [author(source.url)], deadlineMs: 60_000, maxBytes: 2 ** 30, round: 1 }
  assert.equal(Buffer.compare(await store.read(ref, options), BYTES), 0)
  const askedAgain = source.asked.slice(askedBefore)
  assert.equal(askedAgain.length, LEAVES - BEFORE)
  assert.ok(askedAgain.every((cid) => !sentBefore.has(cid)))
  await store.close()
})
