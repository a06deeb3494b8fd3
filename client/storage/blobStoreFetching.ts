// @testonly What every blob store does with blobs that it fetches from strangers: cases of blobStoreConformance.ts.

import assert from 'node:assert/strict'
import type { Case } from './blobStoreBench.ts'
import { beginFetch, code, put, reading, readsFrom, sameBytes } from './blobStoreKeeping.ts'
import { isContentFault } from './fault.ts'
import { BEHAVIOURS } from './hostileSource.ts'
import { vectorBytes } from './vectorBytes.ts'

const MIB = 2 ** 20

/** Sources that fail at once, each in its own way. Those that keep one waiting are tests of the fetcher. */
const LIARS: readonly (keyof typeof BEHAVIOURS)[] = [
  'flipped',
  'short of a byte',
  'endless',
  'long by its own word',
  'redirecting',
  'empty',
  'compressing',
  'cutting every connection',
  'no HTTP',
]

export const FETCHING: Readonly<Record<string, Case>> = {
  'fetches from a stranger, keeps and serves on what it has verified': async (bench) => {
    const { store, url } = await bench.open()
    for (const size of [1, MIB, 3 * MIB + 5]) {
      const bytes = vectorBytes(size, `${bench.title} ${size}`)
      const author = await bench.author(bytes)
      assert.equal(await store.has(author.ref), 'none')
      sameBytes(await store.read(author.ref, reading([author.url])), bytes)
      assert.equal(await store.has(author.ref), 'full')
      sameBytes(await store.read(author.ref, reading([])), bytes)
      await readsFrom(bench, url, author.ref, bytes)
    }
  },

  'fetches of a range only what holds it, and the rest when it is wanted': async (bench) => {
    const { store } = await bench.open()
    const bytes = vectorBytes(4 * MIB, bench.title)
    const author = await bench.author(bytes)
    const source = await bench.source(BEHAVIOURS.good, author)
    const range = { offset: 2 * MIB - 1, length: 2 }
    sameBytes(await store.readRange(author.ref, range, reading([source.url])), bytes.subarray(2 * MIB - 1, 2 * MIB + 1))
    assert.equal(source.asked.length, 3)
    assert.equal(await store.has(author.ref), 'partial')
    await assert.rejects(store.pin(author.ref, { round: 1 }), code('storage/not-found'))
    sameBytes(Buffer.concat(await Array.fromAsync(await store.open(author.ref, reading([source.url])))), bytes)
    assert.equal(source.asked.length, 5)
    assert.equal(await store.has(author.ref), 'full')
  },

  'takes nothing from sources that lie, and all from the one that does not': async (bench) => {
    const { store } = await bench.open()
    const bytes = vectorBytes(2 * MIB + 9, bench.title)
    const author = await bench.author(bytes)
    const urls: string[] = []
    for (const behaviour of LIARS) {
      const { url } = await bench.source(BEHAVIOURS[behaviour], author)
      urls.push(url)
      const lie = store.read(author.ref, reading([url]))
      await assert.rejects(lie, (error) => !isContentFault(error), behaviour)
      assert.notEqual(await store.has(author.ref), 'full')
    }
    sameBytes(await store.read(author.ref, reading([...urls, author.url])), bytes)
  },

  'proves a reference wrong whose size is not that of its bytes, and keeps nothing of it': async (bench) => {
    const { store } = await bench.open()
    const bytes = vectorBytes(2 * MIB, bench.title)
    const author = await bench.author(bytes)
    for (const size of [2 * MIB - 1, 3 * MIB, MIB])
      await assert.rejects(store.read({ ...author.ref, size }, reading([author.url])), isContentFault)
    assert.equal(await store.has(author.ref), 'none')
    // The honest reference of the same digest is another blob.
    sameBytes(await store.read(author.ref, reading([author.url])), bytes)
  },

  'refuses a reference that is too large before it asks anyone': async (bench) => {
    const { store } = await bench.open()
    const author = await bench.author(vectorBytes(1000, bench.title))
    const source = await bench.source(BEHAVIOURS.good, author)
    const large = store.read(author.ref, reading([source.url], { maxBytes: 999 }))
    await assert.rejects(large, code('storage/too-large'))
    assert.deepEqual(source.asked, [])
  },

  'has nowhere to fetch from without sources': async (bench) => {
    const { store } = await bench.open()
    const author = await bench.author(vectorBytes(1000, bench.title))
    await assert.rejects(store.read(author.ref, reading([])), code('storage/no-source'))
  },

  'goes on where an aborted fetch ended': async (bench) => {
    const { store } = await bench.open()
    const bytes = vectorBytes(5 * MIB, bench.title)
    const author = await bench.author(bytes)
    await beginFetch(bench, store, author)
    assert.equal(await store.has(author.ref), 'partial')
    const source = await bench.source(BEHAVIOURS.good, author)
    sameBytes(await store.read(author.ref, reading([source.url])), bytes)
    assert.equal(source.asked.length, 3)
  },

  'ends a fetch by its deadline': async (bench) => {
    const { store } = await bench.open()
    const author = await bench.author(vectorBytes(1000, bench.title))
    const deadlineMs = 40_000
    const silent = await bench.source(BEHAVIOURS.silent, author, () => bench.timer.end(deadlineMs))
    await assert.rejects(store.read(author.ref, reading([silent.url], { deadlineMs })), code('storage/deadline'))
  },

  'fetches a damaged block again': async (bench) => {
    const { store, damage } = await bench.open()
    const bytes = vectorBytes(2 * MIB + 9, bench.title)
    const author = await bench.author(bytes)
    assert.deepEqual(await put(store, bytes), author.ref)
    const [leaf] = (await Array.fromAsync(author.blocks.list())).filter((block) => block.bytes === 9)
    assert.ok(leaf)
    await damage(leaf.digest)
    await assert.rejects(store.read(author.ref, reading([])), code('storage/no-source'))
    const source = await bench.source(BEHAVIOURS.good, author)
    sameBytes(await store.read(author.ref, reading([source.url])), bytes)
    assert.equal(source.asked.length, 1)
    sameBytes(await store.read(author.ref, reading([])), bytes)
  },

  'ends what is under way when it is closed, and refuses what comes after': async (bench) => {
    const { store } = await bench.open()
    const ref = await put(store, vectorBytes(1000, `${bench.title} here`))
    const stream = await store.open(ref, reading([]))
    const author = await bench.author(vectorBytes(1000, bench.title))
    const asked = Promise.withResolvers<void>()
    const silent = await bench.source(BEHAVIOURS.silent, author, asked.resolve)
    const closed = code('storage/closed')
    const refused = assert.rejects(store.read(author.ref, reading([silent.url])), closed)
    await asked.promise
    await store.close()
    await refused
    await store.close()
    await assert.rejects(store.read(ref, reading([])), closed)
    await assert.rejects(put(store, new Uint8Array(5)), closed)
    await assert.rejects(store.has(ref), closed)
    await assert.rejects(store.pin(ref, { round: 1 }), closed)
    await assert.rejects(store.collect({ keepFromRound: 1, maxBytes: 0 }), closed)
    await assert.rejects(Array.fromAsync(stream), closed)
  },
}
