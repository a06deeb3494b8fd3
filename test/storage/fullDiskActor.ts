// The scenes of fullDisk.real.test.ts, each in a process of its own on a small disk: plays one and prints what it saw as JSON.
// Arguments: the folder where the disk is mounted, the scene.

import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import * as nodeFiles from 'node:fs/promises'
import { join } from 'node:path'
import { Log } from '@tessera/node/testing/recorders'
import { Troubles } from '@tessera/node/troubles'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { BlobRef } from '@tessera/storage/blobRef'
import { type EmbeddedStore, openEmbeddedStore } from '@tessera/storage/embeddedStore'
import type { Files } from '@tessera/storage/fileBlocks'
import { BEHAVIOURS, startSource } from '@tessera/storage/hostileSource'
import { importBlob } from '@tessera/storage/importer'
import { MemoryBlocks } from '@tessera/storage/memoryBlocks'
import { author } from '@tessera/storage/testSource'
import { vectorBytes } from '@tessera/storage/vectorBytes'

const [disk = '', scene = ''] = process.argv.slice(2)
const dir = join(disk, 'store')
const ballast = join(disk, 'ballast')
const MAX = 2 ** 30
const MIB = 2 ** 20
const offline = { sources: [], deadlineMs: 60_000, maxBytes: MAX, round: 2 }

/** Takes all room but `leave` bytes; nothing left means not a page. */
function fill(leave = 0): void {
  const file = openSync(ballast, 'a')
  const piece = Buffer.alloc(4096, 7)
  try {
    for (;;) {
      const { bavail, bsize } = statfsSync(disk)
      if (bavail * bsize <= leave) return
      writeSync(file, piece)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(file)
  }
}

const makeRoom = () => rmSync(ballast, { force: true })
const open = (more: { files?: Files } = {}) => openEmbeddedStore({ dir, quotaBytes: MAX, allowLoopback: true, ...more })
const put = (store: EmbeddedStore, name: string, bytes: number, round = 1) =>
  store.put(vectorBytes(bytes, name), { round, maxBytes: MAX })

async function faultOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error
    return { code: error.code, retryable: error.retryable, hasHint: error.hint !== undefined }
  }
  return 'none'
}

async function isWhole(store: EmbeddedStore, ref: BlobRef, name: string): Promise<string> {
  return Buffer.compare(await store.read(ref, offline), vectorBytes(ref.size, name)) === 0 ? 'whole' : 'wrong'
}

async function stored(store: EmbeddedStore): Promise<number> {
  return (await Array.fromAsync(store.blocks.list())).reduce((total, { bytes }) => total + bytes, 0)
}

async function booked(store: EmbeddedStore): Promise<string> {
  const bytes = await stored(store)
  return store.usedBytes === bytes ? 'what is there' : `${store.usedBytes}, and there are ${bytes}`
}

const incoming = async () => (await nodeFiles.readdir(join(dir, 'blocks', 'incoming'))).length

async function theirs(bytes: number) {
  const blocks = new MemoryBlocks()
  const content = vectorBytes(bytes, 'theirs')
  const ref = await importBlob(content, { put: (digest, block) => blocks.put(digest, block), maxBytes: MAX })
  return { ref, source: await startSource(BEHAVIOURS.good, blocks) }
}

const scenes: Readonly<Record<string, () => Promise<unknown>>> = {
  put: async () => {
    const store = await open()
    const ref = await put(store, 'first', 2_000_000)
    const before = await stored(store)
    fill(3 * MIB)
    const fault = await faultOf(put(store, 'second', 5_000_000))
    const seen = { fault, leftBytes: (await stored(store)) - before, incoming: await incoming() }
    makeRoom()
    const again = await put(store, 'second', 5_000_000)
    return {
      ...seen,
      first: await isWhole(store, ref, 'first'),
      again: await isWhole(store, again, 'second'),
      booked: await booked(store),
    }
  },

  fetch: async () => {
    const store = await open()
    const { ref, source } = await theirs(6_000_000)
    const read = { ...offline, sources: [author(source.url)] }
    fill(3 * MIB)
    const fault = await faultOf(store.read(ref, read))
    const here = new Set((await Array.fromAsync(store.blocks.list())).map(({ digest }) => digest))
    const seen = { fault, incoming: await incoming() }
    makeRoom()
    source.asked.length = 0
    await store.read(ref, read)
    const all = new Set((await Array.fromAsync(store.blocks.list())).map(({ digest }) => digest))
    const told = {
      ...seen,
      again: await isWhole(store, ref, 'theirs'),
      askedTwice: new Set(source.asked).size - (all.size - here.size),
      booked: await booked(store),
    }
    await source.close()
    return told
  },

  collect: async () => {
    const store = await open()
    for (const name of ['a', 'b']) await put(store, name, 3_000_000)
    fill()
    const { freedBytes } = await store.collect({ keepFromRound: 2, maxBytes: MAX })
    const told = { freed: freedBytes > 6_000_000, booked: await booked(store) }
    const after = await put(store, 'c', 3_000_000, 2)
    return { ...told, after: await isWhole(store, after, 'c'), reserve: statSync(join(dir, 'reserve')).size }
  },

  reopen: async () => {
    // Not closed: closing would put the manifest in order. The lock goes with the process, which another one stands for here.
    const script = `
      import { openEmbeddedStore } from ${JSON.stringify(import.meta.resolve('@tessera/storage/embeddedStore'))}
      import { vectorBytes } from ${JSON.stringify(import.meta.resolve('@tessera/storage/vectorBytes'))}
      const store = await openEmbeddedStore({ dir: process.argv[1], quotaBytes: 2 ** 30 })
      const put = (name, round) => store.put(vectorBytes(2_500_000, name), { round, maxBytes: 2 ** 30 })
      await put('old', 1)
      console.log(JSON.stringify(await put('first', 2)))
      async function* endless() {
        for (let n = 1; ; n++) yield new Uint8Array(2 ** 20).fill(n)
      }
      await store.put(endless(), { round: 2, maxBytes: 2 ** 30 }).catch(() => {})
      process.kill(process.pid, 'SIGKILL')`
    let output = ''
    try {
      execFileSync(process.execPath, ['--input-type=module', '-e', script, dir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
    } catch (error) {
      output = String((error as { stdout: Buffer }).stdout)
    }
    fill()
    const store = await open()
    const ref = JSON.parse(output) as BlobRef
    const first = await isWhole(store, ref, 'first')
    const { freedBytes } = await store.collect({ keepFromRound: 2, maxBytes: MAX })
    const told = { first, freed: freedBytes > 2_000_000, booked: await booked(store) }
    const after = await put(store, 'c', 2_000_000, 2)
    return { ...told, after: await isWhole(store, after, 'c') }
  },

  node: async () => {
    const store = await open()
    const log = new Log()
    const troubles = new Troubles(log.logger)
    fill()
    let looks = 0
    for (; looks < 40; looks++) {
      if (looks === 25) makeRoom()
      try {
        await put(store, `look ${looks}`, 100_000)
        troubles.passed('blobs')
      } catch (error) {
        if (!isTesseraError(error) || !error.retryable) throw error
        troubles.failed('blobs', error, 'blobs will try again')
      }
    }
    return { looks, said: log.at('failure'), over: log.at('info') }
  },

  'read-only': async () => {
    // Blocks on a disk of their own: the manifest, which is open, would keep its disk from being made read-only.
    const blocks = join(dir, 'blocks')
    await nodeFiles.mkdir(blocks, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', blocks])
    const store = await open()
    const ref = await put(store, 'first', 2_000_000)
    execFileSync('mount', ['-o', 'remount,ro', blocks])
    const running = await faultOf(put(store, 'second', 2_000_000))
    const read = await isWhole(store, ref, 'first')
    execFileSync('mount', ['-o', 'remount,rw', blocks])
    await store.close()
    execFileSync('mount', ['-o', 'remount,ro', disk])
    const opening = await faultOf(open())
    execFileSync('mount', ['-o', 'remount,rw', disk])
    const reopened = await open()
    return { running, read, opening, again: await isWhole(reopened, ref, 'first') }
  },

  broken: async () => {
    let isBroken = false
    const files: Files = {
      ...nodeFiles,
      rename: async (from, to) => {
        if (isBroken) throw Object.assign(new Error('i/o error'), { code: 'EIO' })
        await nodeFiles.rename(from, to)
      },
    }
    const store = await open({ files })
    const ref = await put(store, 'first', 2_000_000)
    const { ref: other, source } = await theirs(3_000_000)
    isBroken = true
    const seen = {
      put: await faultOf(put(store, 'second', 2_000_000)),
      fetch: await faultOf(store.read(other, { ...offline, sources: [author(source.url)] })),
      incoming: await incoming(),
    }
    isBroken = false
    await store.read(other, { ...offline, sources: [author(source.url)] })
    await source.close()
    return { ...seen, first: await isWhole(store, ref, 'first'), booked: await booked(store) }
  },
}

if (!existsSync(disk) || scenes[scene] === undefined) throw new Error(`no disk ${disk} or no scene ${scene}`)
process.stdout.write(`${JSON.stringify(await scenes[scene]())}\n`, () => process.exit(0))
