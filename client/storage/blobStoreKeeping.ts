// @testonly What every blob store does with blobs that are put into it: cases of blobStoreConformance.ts.

import assert from 'node:assert/strict'
import { isTesseraError } from '@tessera/protocol/errors'
import { type BlobRef, cidOf, digestOf } from './blobRef.ts'
import type { BlobStore, ReadOptions } from './blobStore.ts'
import type { Author, Bench, Case } from './blobStoreBench.ts'
import { openMemoryStore } from './embeddedStore.ts'
import { isContentFault } from './fault.ts'
import { BEHAVIOURS } from './hostileSource.ts'
import { author } from './testSource.ts'
import { vectorBytes } from './vectorBytes.ts'

const MIB = 2 ** 20

// Published with Kubo for the profile unixfs-v1-2025.
const VECTORS = [
  [new TextEncoder().encode('hello world'), 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'],
  [vectorBytes(MIB, 'chunk-v1-seed'), 'bafkreiacndfy443ter6qr2tmbbdhadvxxheowwf75s6zehscklu6ezxmta'],
  [vectorBytes(MIB + 1, 'chunk-v1-seed'), 'bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64'],
] as const

/** From the gateways at `urls`, the author's first. */
export function reading(urls: readonly string[], more: Partial<ReadOptions> = {}): ReadOptions {
  return { sources: urls.map(author), deadlineMs: 60_000, maxBytes: 16 * MIB, round: 1, ...more }
}

export function put(store: BlobStore, bytes: Uint8Array, round = 1) {
  return store.put(bytes, { round, maxBytes: 16 * MIB })
}

export const code = (expected: string) => (error: unknown) => isTesseraError(error, expected)

/** `assert.deepEqual` tells a Buffer from an Uint8Array, and takes long over millions of bytes. */
export function sameBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(Buffer.compare(actual, expected), 0, `${actual.length} bytes, not the ${expected.length} that were put`)
}

async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

export const KEEPING: Readonly<Record<string, Case>> = {
  'gives bytes the address that Kubo published for them': async (bench) => {
    const { store } = await bench.open()
    for (const [bytes, cid] of VECTORS) {
      const ref = await put(store, bytes)
      assert.equal(cidOf(ref).toString(), cid)
      assert.equal(ref.size, bytes.length)
      sameBytes(await store.read(ref, reading([])), bytes)
    }
  },

  'returns what was put, of any length, however it was cut': async (bench) => {
    const { store } = await bench.open()
    for (const size of [1, 1000, MIB - 1, MIB, MIB + 1, 3 * MIB + 5]) {
      const bytes = vectorBytes(size, `${bench.title} ${size}`)
      const ref = await store.put(pieces(bytes, 300_007), { round: 1, maxBytes: size })
      assert.deepEqual(await put(store, bytes), ref)
      assert.equal(await store.has(ref), 'full')
      sameBytes(await store.read(ref, reading([])), bytes)
    }
  },

  'reads ranges within and across blocks, and none beyond the ends': async (bench) => {
    const { store } = await bench.open()
    const bytes = vectorBytes(2 * MIB + 77, bench.title)
    const ref = await put(store, bytes)
    for (const [offset, length] of [
      [0, 1],
      [MIB - 1, 2],
      [MIB - 5, MIB + 10],
      [2 * MIB + 76, 1],
      [0, bytes.length],
    ] as const)
      sameBytes(await store.readRange(ref, { offset, length }, reading([])), bytes.subarray(offset, offset + length))
    for (const [offset, length] of [
      [-1, 2],
      [0, 0],
      [bytes.length, 1],
      [0, bytes.length + 1],
      [0.5, 1],
    ] as const)
      await assert.rejects(store.readRange(ref, { offset, length }, reading([])), code('storage/bad-range'))
  },

  'opens as a stream of pieces of at most 1 MiB': async (bench) => {
    const { store } = await bench.open()
    const bytes = vectorBytes(3 * MIB + 5, bench.title)
    const stream = await Array.fromAsync(await store.open(await put(store, bytes), reading([])))
    assert.ok(stream.every(({ length }) => length <= MIB))
    sameBytes(Buffer.concat(stream), bytes)
  },

  'serves on what was put, to whoever asks its gateway': async (bench) => {
    const { store, url } = await bench.open()
    const bytes = vectorBytes(2 * MIB + 1, bench.title)
    const ref = await put(store, bytes)
    await readsFrom(bench, url, ref, bytes)
  },

  'keeps nothing of a put that fails': async (bench) => {
    const { store } = await bench.open()
    const bytes = vectorBytes(2 * MIB + 1, bench.title)
    const first = { digest: digestOf(bytes.subarray(0, MIB)), size: MIB }
    const breaking = async function* () {
      yield bytes
      throw new Error('the source broke')
    }
    await assert.rejects(store.put(breaking(), { round: 1, maxBytes: 16 * MIB }), /the source broke/)
    await assert.rejects(store.put(bytes, { round: 1, maxBytes: 2 * MIB }), code('storage/too-large'))
    await assert.rejects(put(store, new Uint8Array()), code('storage/empty'))
    await assert.rejects(put(store, bytes, -1), code('storage/bad-round'))
    assert.equal(await store.has(first), 'none')
  },

  'ends a put when its caller does, also one whose source hangs': async (bench) => {
    const { store } = await bench.open()
    const stop = new AbortController()
    const bytes = vectorBytes(MIB, bench.title)
    const hanging = async function* () {
      yield bytes
      await new Promise<never>(() => stop.abort())
    }
    const { signal } = stop
    await assert.rejects(store.put(hanging(), { round: 1, maxBytes: 2 * MIB, signal }), code('storage/aborted'))
    await assert.rejects(store.put(bytes, { round: 1, maxBytes: 2 * MIB, signal }), code('storage/aborted'))
    assert.equal(await store.has({ digest: digestOf(bytes), size: MIB }), 'none')
  },

  'refuses what is over its quota, and takes what fits': async (bench) => {
    const { store } = await bench.open({ quotaBytes: 2 * MIB })
    const bytes = vectorBytes(3 * MIB, bench.title)
    await assert.rejects(put(store, bytes), code('storage/quota'))
    const writer = await bench.author(bytes)
    await assert.rejects(store.read(writer.ref, reading([writer.url])), code('storage/quota'))
    // The nodes above the leaves count too.
    const fits = bytes.subarray(MIB + 1000)
    sameBytes(await store.read(await put(store, fits), reading([])), fits)
  },

  'holds the same bytes once, for the longest that anyone asked': async (bench) => {
    const { store } = await bench.open({ quotaBytes: 3 * MIB })
    const bytes = vectorBytes(2 * MIB, bench.title)
    const rounds = [3, 9, 1]
    const one = await put(store, bytes)
    const refs = await Promise.all(rounds.map((round) => put(store, bytes, round)))
    for (const ref of refs) assert.deepEqual(ref, one)
    assert.equal((await store.collect({ keepFromRound: 9, maxBytes: 4 * MIB })).blobs, 0)
    sameBytes(await store.read(one, reading([])), bytes)
    assert.equal((await store.collect({ keepFromRound: 10, maxBytes: 4 * MIB })).blobs, 1)
    assert.equal(await store.has(one), 'none')
  },

  'collects by round, but for pins and checkpoints': async (bench) => {
    const { store } = await bench.open()
    const make = (name: string) => vectorBytes(10, `${bench.title} ${name}`)
    const checkpoint = await store.put(make('checkpoint'), { round: 1, maxBytes: 10, keep: 'checkpoint' })
    const pinned = await put(store, make('pinned'))
    const old = await put(store, make('old'))
    const held = () => Promise.all([checkpoint, pinned, old].map((ref) => store.has(ref)))
    await store.pin(pinned, { round: 5 })
    await store.pin(pinned, { round: 2 })
    const { blobs, freedBytes } = await store.collect({ keepFromRound: 5, maxBytes: 64 * MIB })
    assert.ok(blobs === 1 && freedBytes >= 10, `${blobs} blobs, ${freedBytes} bytes were freed`)
    assert.deepEqual(await held(), ['full', 'full', 'none'])
    await assert.rejects(store.pin(old, { round: 9 }), code('storage/not-found'))
    await store.pin(pinned, { round: 5, keep: 'checkpoint' })
    assert.equal((await store.collect({ keepFromRound: 99, maxBytes: 64 * MIB })).blobs, 0)
    assert.deepEqual(await held(), ['full', 'full', 'none'])
  },

  'collects a blob without the blocks that another one shares': async (bench) => {
    const { store, url } = await bench.open()
    const shared = vectorBytes(MIB, bench.title)
    const tails = [1, 2].map((n) => vectorBytes(500, `${bench.title} ${n}`))
    const whole = tails.map((tail) => Buffer.concat([shared, tail]))
    const [old, young] = await Promise.all(whole.map((bytes, n) => put(store, bytes, n + 1)))
    assert.ok(old && young && whole[1])
    const { blobs, freedBytes } = await store.collect({ keepFromRound: 2, maxBytes: 64 * MIB })
    assert.ok(blobs === 1 && freedBytes < MIB, `${freedBytes} bytes were freed`)
    // Its leaf of 1 MiB is still somebody's; its root and its tail are not.
    assert.equal(await store.has(old), 'none')
    sameBytes(await store.read(young, reading([])), whole[1])
    await readsFrom(bench, url, young, whole[1])
  },

  'refuses what is no reference': async (bench) => {
    const { store } = await bench.open()
    const good = await put(store, vectorBytes(10, bench.title))
    for (const bad of [
      { ...good, size: -1 },
      { ...good, size: 0 },
      { ...good, digest: '0x12' as const },
    ]) {
      await assert.rejects(store.has(bad), isContentFault)
      await assert.rejects(store.read(bad, reading([])), isContentFault)
      await assert.rejects(store.pin(bad, { round: 1 }), isContentFault)
    }
  },
}

export const OUTLIVING: Readonly<Record<string, Case>> = {
  'outlives the process, with rounds and checkpoints': async (bench) => {
    const first = await bench.open()
    const make = (name: string) => vectorBytes(2 * MIB, `${bench.title} ${name}`)
    const kept = await first.store.put(make('kept'), { round: 1, maxBytes: 2 * MIB, keep: 'checkpoint' })
    const old = await put(first.store, make('old'))
    const young = await put(first.store, make('young'), 2)
    await first.close()

    const { store, url } = await bench.open()
    await store.collect({ keepFromRound: 2, maxBytes: 64 * MIB })
    assert.deepEqual(await Promise.all([kept, old, young].map((ref) => store.has(ref))), ['full', 'none', 'full'])
    sameBytes(await store.read(young, reading([])), make('young'))
    await readsFrom(bench, url, kept, make('kept'))
  },

  'goes on in a new process with a fetch that an old one began': async (bench) => {
    const bytes = vectorBytes(5 * MIB, bench.title)
    const writer = await bench.author(bytes)
    const first = await bench.open()
    await beginFetch(bench, first.store, writer)
    await first.close()

    const { store } = await bench.open()
    assert.equal(await store.has(writer.ref), 'partial')
    const source = await bench.source(BEHAVIOURS.good, writer)
    sameBytes(await store.read(writer.ref, reading([source.url])), bytes)
    assert.equal(source.asked.length, 3)
  },
}

/** A fetch that is called off when the root and two of its leaves are here; the source never sends the others. */
export async function beginFetch(bench: Bench, store: BlobStore, author: Author): Promise<void> {
  const source = await bench.source(
    (exchange) => (exchange.index < 3 ? BEHAVIOURS.good(exchange) : exchange.stuck()),
    author,
  )
  const stop = new AbortController()
  const onProgress = ({ received }: { received: number }) => {
    if (received >= 2 * MIB) stop.abort()
  }
  const broken = store.read(author.ref, reading([source.url], { signal: stop.signal, onProgress }))
  await assert.rejects(broken, code('storage/aborted'))
}

/** A stranger gets `bytes` from this gateway. */
export async function readsFrom(bench: Bench, url: string, ref: BlobRef, bytes: Uint8Array): Promise<void> {
  const stranger = await openMemoryStore({ quotaBytes: 64 * MIB, allowLoopback: true, timer: bench.timer })
  try {
    sameBytes(await stranger.read(ref, reading([url])), bytes)
  } finally {
    await stranger.close()
  }
}
