import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { BlobSource } from '@tessera/protocol/blobSource'
import type { Hex } from '@tessera/protocol/hex'
import type { BlobRef } from '../blobRef.ts'
import { importBlob } from '../importer.ts'
import type { MemoryBlocks } from '../memoryBlocks.ts'
import { author, mirror, peer } from '../testSource.ts'
import { vectorBytes } from '../vectorBytes.ts'
import type { TransferLimits } from './limits.ts'
import { SimNetwork, type SimNode } from './simNetwork.ts'
import { VirtualTimer } from './virtualTimer.ts'

const PROFILE = { leafBytes: 1_024, maxLinks: 64 }
const LEAVES = 64
/** A line of 110 Mb/s up and 500 Mb/s down, for blocks of 1 KiB in place of 1 MiB. */
const LINE = { upBytesPerSecond: 13_430, downBytesPerSecond: 61_035 }
/** The floor of a rate, made smaller as the blocks are. */
const LIMITS: Partial<TransferLimits> = { bytesInFlight: 32 * 2 ** 10, floorBytesPerSecond: 16 }
const DEADLINE_MS = 20 * 60_000
const SEED = 20_261

function seeded(seed: number): () => number {
  let state = seed
  // Numerical Recipes' linear congruential generator.
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

class Swarm {
  readonly timer = new VirtualTimer()
  readonly network: SimNetwork

  constructor(seed = SEED) {
    this.network = new SimNetwork(this.timer, PROFILE, seeded(seed))
  }

  nodes(count: number, line = LINE): SimNode[] {
    return Array.from({ length: count }, (_, n) => this.network.node(`node${n}`, line, LIMITS))
  }

  put(blocks: MemoryBlocks, name: string, leaves = LEAVES): Promise<BlobRef> {
    const put = (digest: Hex, bytes: Uint8Array) => blocks.put(digest, bytes)
    return importBlob(vectorBytes(leaves * PROFILE.leafBytes, name), { put, maxBytes: 2 ** 30, profile: PROFILE })
  }

  /** Resolves with the moment at which the blob is there. */
  async fetch(node: SimNode, ref: BlobRef, sources: readonly BlobSource[]): Promise<number> {
    await node.fetcher.fetch(ref, node.blocks, { sources, deadlineMs: DEADLINE_MS, maxBytes: 2 ** 30 })
    return this.timer.now()
  }
}

/** The author, and everybody but the reader. */
function around(reader: SimNode, first: SimNode, nodes: readonly SimNode[]): BlobSource[] {
  const others = nodes.filter((node) => node !== reader && node !== first)
  return [author(first.url), ...others.map(({ url }) => peer(url))]
}

describe(`a swarm (seed ${SEED})`, () => {
  test('of twenty has a blob from one another when its author goes once it has sent each block', async (t) => {
    const swarm = new Swarm()
    const nodes = swarm.nodes(20)
    const [first, ...readers] = nodes as [SimNode, ...SimNode[]]
    const ref = await swarm.put(first.blocks, 'blob')
    const blocks = new Set<string>()
    first.onSent = (cid) => {
      first.isDown = blocks.add(cid).size === LEAVES + 1
    }
    await swarm.timer.run(Promise.all(readers.map((node) => swarm.fetch(node, ref, around(node, first, nodes)))))
    assert.ok(first.isDown)
    const sent = first.sent.length
    t.diagnostic(`the author sent ${sent} blocks of ${LEAVES + 1}, at the end after ${swarm.timer.now()} ms`)
    assert.ok(sent < 4 * LEAVES, `the author sent ${sent} blocks`)
    assert.equal(swarm.timer.pending, 0)
  })

  test('of ten exchanges ten blobs in little more than the time that the lines need', async (t) => {
    const swarm = new Swarm()
    const nodes = swarm.nodes(10)
    const refs = await Promise.all(nodes.map((node, n) => swarm.put(node.blocks, `blob ${n}`, 18)))
    const all = nodes.flatMap((node) =>
      nodes.flatMap((from, n) =>
        from === node ? [] : [swarm.fetch(node, refs[n] as BlobRef, around(node, from, nodes))],
      ),
    )
    await swarm.timer.run(Promise.all(all))
    // Each node sends as much as it receives, and the way up is the narrow one.
    const least = (9 * 18 * PROFILE.leafBytes * 1_000) / LINE.upBytesPerSecond
    t.diagnostic(`${swarm.timer.now()} ms, ${(swarm.timer.now() / least).toFixed(2)} times the least`)
    assert.ok(swarm.timer.now() < 1.5 * least)
  })
})

describe('authors take turns', () => {
  test('a slow one with a giant blob does not delay the others', async (t) => {
    const time = async (withSlow: boolean): Promise<number> => {
      const swarm = new Swarm()
      const reader = swarm.network.node('reader', LINE, LIMITS)
      const slow = swarm.network.node('slow', { ...LINE, upBytesPerSecond: 400 }, LIMITS)
      const [quick] = swarm.nodes(1) as [SimNode]
      const giant = await swarm.put(slow.blocks, 'giant', 600)
      const small = await swarm.put(quick.blocks, 'small')
      const stop = new AbortController()
      const options = { sources: [author(slow.url)], deadlineMs: DEADLINE_MS, maxBytes: 2 ** 30, signal: stop.signal }
      const giants = withSlow ? reader.fetcher.fetch(giant, reader.blocks, options) : Promise.reject()
      const done = swarm.timer.run(swarm.fetch(reader, small, [author(quick.url)]))
      giants.catch(() => {
        // Ended below, or never begun.
      })
      const at = await done
      stop.abort()
      return at
    }
    const alone = await time(false)
    const beside = await time(true)
    t.diagnostic(`${alone} ms alone, ${beside} ms beside`)
    assert.ok(beside < 1.1 * alone)
  })

  test('silent sources of one blob leave room for the others', async () => {
    const swarm = new Swarm()
    const reader = swarm.network.node('reader', LINE, { ...LIMITS, bytesInFlight: 8 * 2 ** 10, stallMs: 60_000 })
    const silent = Array.from({ length: 20 }, (_, n) =>
      swarm.network.node(`silent${n}`, { ...LINE, upBytesPerSecond: 0.001 }, LIMITS),
    )
    const [quick] = swarm.nodes(1) as [SimNode]
    const held = await Promise.all(silent.map(({ blocks }) => swarm.put(blocks, 'held')))
    const small = await swarm.put(quick.blocks, 'small')
    const stop = new AbortController()
    const sources = silent.map(({ url }) => mirror(url))
    const options = { sources, deadlineMs: DEADLINE_MS, maxBytes: 2 ** 30, signal: stop.signal }
    const stuck = reader.fetcher.fetch(held[0] as BlobRef, reader.blocks, options)
    stuck.catch(() => {
      // Ended below.
    })
    assert.ok((await swarm.timer.run(swarm.fetch(reader, small, [author(quick.url)]))) < 10_000)
    stop.abort()
  })
})

describe('the last blocks', () => {
  test('are asked of somebody else when a slow source has them, and of few sources twice', async (t) => {
    const swarm = new Swarm()
    const reader = swarm.network.node('reader', LINE, LIMITS)
    const slow = swarm.network.node('slow', { ...LINE, upBytesPerSecond: 60 }, LIMITS)
    const [quick] = swarm.nodes(1) as [SimNode]
    const ref = await swarm.put(quick.blocks, 'blob')
    await swarm.put(slow.blocks, 'blob')
    const at = await swarm.timer.run(swarm.fetch(reader, ref, [author(slow.url), mirror(quick.url)]))
    // The slow one would take 17 s for each block.
    t.diagnostic(`${at} ms`)
    assert.ok(at < 8_000, `${at} ms`)
    assert.ok(quick.sent.length <= LEAVES + 1)
    assert.equal(new Set(quick.sent).size, quick.sent.length)
  })
})

describe('peers that do not answer', () => {
  test('do not stand between a reader and a mirror, and waste next to nothing', async (t) => {
    const swarm = new Swarm()
    const reader = swarm.network.node('reader', LINE, LIMITS)
    const silent = Array.from({ length: 40 }, (_, n) =>
      swarm.network.node(`silent${n}`, { ...LINE, upBytesPerSecond: 0.001 }, LIMITS),
    )
    const [last] = swarm.nodes(1) as [SimNode]
    const ref = await swarm.put(last.blocks, 'blob')
    for (const { blocks } of silent) await swarm.put(blocks, 'blob')
    const sources = [...silent.map(({ url }) => peer(url)), mirror(last.url)]
    const at = await swarm.timer.run(swarm.fetch(reader, ref, sources))
    t.diagnostic(`${at} ms`)
    // Of which the mirror's line takes 5 s.
    assert.ok(at < 15_000, `${at} ms`)
    assert.ok(last.sent.length <= LEAVES + 1)
  })
})

describe('time limits', () => {
  const TRICKLE = { ...LINE, upBytesPerSecond: 10 }

  test('the deadline ends a fetch at its very millisecond', async () => {
    const swarm = new Swarm()
    const reader = swarm.network.node('reader', LINE, { ...LIMITS, floorBytesPerSecond: 0, stallMs: 1e6 })
    const slow = swarm.network.node('slow', TRICKLE, LIMITS)
    const ref = await swarm.put(slow.blocks, 'blob')
    const options = { sources: [author(slow.url)], deadlineMs: 12_345, maxBytes: 2 ** 30 }
    await assert.rejects(swarm.timer.run(reader.fetcher.fetch(ref, reader.blocks, options)), {
      code: 'storage/deadline',
    })
    assert.equal(swarm.timer.now(), 12_345)
  })
})
