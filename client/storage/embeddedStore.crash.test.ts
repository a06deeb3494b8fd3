import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type BlobRef, cidOfBlock } from './blobRef.ts'
import { type EmbeddedStore, openEmbeddedStore } from './embeddedStore.ts'
import { BEHAVIOURS, startSource } from './hostileSource.ts'
import { addressOf, importBlob } from './importer.ts'
import { MemoryBlocks } from './memoryBlocks.ts'
import { author } from './testSource.ts'
import { vectorBytes } from './vectorBytes.ts'

const QUOTA = 2 ** 30
const VICTIM = fileURLToPath(new URL('./crashVictim.ts', import.meta.url))

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tessera-crash-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

const openStore = (dir: string) => openEmbeddedStore({ dir, quotaBytes: QUOTA, allowLoopback: true })
const offline = { sources: [], deadlineMs: 60_000, maxBytes: QUOTA, round: 2 }

/** Kills a process that does `what` in the folder as soon as it stands before its file operation number `stopAt`. */
async function killAt(dir: string, what: string, stopAt: number, job: unknown = {}): Promise<void> {
  const child = spawn(process.execPath, [VICTIM, dir, what, String(stopAt), JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  assert.equal(line, 'stopped', 'it was over before that')
}

/** Nothing half written, nothing that nobody owns, and booked what is there. */
async function assertTidy(dir: string, store: EmbeddedStore): Promise<number> {
  let bytes = 0
  for await (const block of store.blocks.list()) {
    assert.ok(await store.blocks.get(block.digest), 'a file with wrong bytes')
    bytes += block.bytes
  }
  assert.equal(store.usedBytes, bytes)
  assert.deepEqual(await readdir(join(dir, 'blocks', 'incoming')), [])
  return bytes
}

describe('a process killed', () => {
  for (const stopAt of [1, 4, 9, 16, 23]) {
    test(`in a put, at file operation ${stopAt}, leaves the blob before it whole and nothing of this one`, async (t) => {
      const dir = await folder(t)
      const first = await openStore(dir)
      const bytes = vectorBytes(2_000_000, 'first')
      const ref = await first.put(bytes, { round: 1, maxBytes: QUOTA })
      const used = first.usedBytes
      await first.close()
      await killAt(dir, 'put', stopAt)
      const store = await openStore(dir)
      assert.equal(await assertTidy(dir, store), used)
      assert.deepEqual(Buffer.from(await store.read(ref, offline)), Buffer.from(bytes))
      assert.equal(await store.has(await addressOf(vectorBytes(5_000_000, 'second'))), 'none')
      await store.close()
    })
  }

  for (const stopAt of [1, 6, 13, 20, 22]) {
    test(`in a fetch, at file operation ${stopAt}, goes on and asks for what is missing`, async (t) => {
      const dir = await folder(t)
      const bytes = vectorBytes(5_000_000, 'theirs')
      const theirs = new MemoryBlocks()
      const ref = await importBlob(bytes, { put: (digest, block) => theirs.put(digest, block), maxBytes: QUOTA })
      const source = await startSource(BEHAVIOURS.good, theirs)
      t.after(() => source.close())
      await killAt(dir, 'fetch', stopAt, { ref, url: source.url })
      const store = await openStore(dir)
      await assertTidy(dir, store)
      const here = new Set((await Array.fromAsync(store.blocks.list())).map(({ digest }) => digest))
      source.asked.length = 0
      const read = await store.read(ref, { ...offline, sources: [author(source.url)] })
      assert.deepEqual(Buffer.from(read), Buffer.from(bytes))
      const all = await Array.fromAsync(theirs.list())
      const missing = all.filter(({ digest }) => !here.has(digest)).map(({ digest }) => cidsOf(digest))
      assert.equal(new Set(source.asked).size, missing.length)
      for (const cid of source.asked)
        assert.ok(
          missing.some((cids) => cids.includes(cid)),
          `${cid} was here`,
        )
      await store.close()
    })
  }

  for (const stopAt of [1, 2, 5, 11, 18]) {
    test(`in a collection, at file operation ${stopAt}, finishes it at the next start`, async (t) => {
      const dir = await folder(t)
      const first = await openStore(dir)
      const old: BlobRef[] = []
      for (const name of ['a', 'b', 'c']) {
        old.push(await first.put(vectorBytes(3_000_000, name), { round: 1, maxBytes: QUOTA }))
      }
      const bytes = vectorBytes(2_500_000, 'kept')
      const kept = await first.put(bytes, { round: 2, maxBytes: QUOTA })
      const keptBytes = first.heldBytes(kept)
      await first.close()
      await killAt(dir, 'collect', stopAt)
      const store = await openStore(dir)
      await assertTidy(dir, store)
      for (const ref of old) assert.notEqual(await store.has(ref), 'partial', 'no blob is half deleted')
      await store.collect({ keepFromRound: 2, maxBytes: QUOTA })
      assert.equal(await assertTidy(dir, store), keptBytes)
      assert.deepEqual(Buffer.from(await store.read(kept, offline)), Buffer.from(bytes))
      await store.close()
    })
  }
})

/** The names under which a block may be asked for: as a leaf or as a node. */
function cidsOf(digest: `0x${string}`): string[] {
  return [0x55, 0x70].map((codec) => cidOfBlock(digest, codec).toString())
}
