import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Hex } from '@tessera/protocol/hex'
import { DAG_PB_CODEC, digestOf, RAW_CODEC } from './blobRef.ts'
import { Holdings } from './holdings.ts'
import { importBlob } from './importer.ts'
import { MemoryBlocks } from './memoryBlocks.ts'
import { Bitfield } from './transfer/bitfield.ts'
import { VirtualTimer } from './transfer/virtualTimer.ts'
import { vectorBytes } from './vectorBytes.ts'

const PROFILE = { leafBytes: 128, maxLinks: 5 }
const LEAVES = 40

async function scene() {
  const blocks = new MemoryBlocks()
  const leaves: Hex[] = []
  const nodes: Hex[] = []
  const put = (digest: Hex, bytes: Uint8Array) => {
    ;(bytes.length <= PROFILE.leafBytes ? leaves : nodes).push(digest)
    return blocks.put(digest, bytes)
  }
  const content = vectorBytes(LEAVES * PROFILE.leafBytes, 'holdings')
  const { digest } = await importBlob(content, { put, maxBytes: 2 ** 20, profile: PROFILE })
  const timer = new VirtualTimer()
  const holdings = new Holdings({ blocks, timer, profile: PROFILE })
  /** The leaves that are told of. */
  const told = async (): Promise<number[] | undefined> => {
    const bytes = await holdings.of({ digest, codec: DAG_PB_CODEC })
    const field = bytes && Bitfield.from(bytes, LEAVES)
    return field && Array.from({ length: LEAVES }, (_, leaf) => leaf).filter((leaf) => field.has(leaf))
  }
  const pass = (ms: number) => timer.run(timer.sleep(ms))
  return { blocks, leaves, nodes, digest, told, pass, timer }
}

const ALL = Array.from({ length: LEAVES }, (_, leaf) => leaf)

describe('Holdings', () => {
  test('tell of every leaf, or of those that are here', async () => {
    const whole = await scene()
    assert.deepEqual(await whole.told(), ALL)
    const part = await scene()
    for (const leaf of [0, 7, 8, 39]) await part.blocks.delete(part.leaves[leaf]!)
    assert.deepEqual(
      await part.told(),
      ALL.filter((leaf) => ![0, 7, 8, 39].includes(leaf)),
    )
  })

  test('tell nothing of what lies below a node that is not here, and nothing at all without the root', async () => {
    const { blocks, nodes, digest, told, pass } = await scene()
    await blocks.delete(nodes[0]!)
    assert.deepEqual(await told(), ALL.slice(PROFILE.maxLinks))
    await blocks.delete(digest)
    await pass(2_000)
    assert.equal(await told(), undefined)
  })

  test('are looked up again after 2 s, or after 60 s when all was there', async () => {
    const { blocks, leaves, told, pass } = await scene()
    assert.equal((await told())?.length, LEAVES)
    const [lost] = leaves as [Hex]
    const bytes = await blocks.get(lost)
    await blocks.delete(lost)
    await pass(59_000)
    assert.equal((await told())?.length, LEAVES)
    await pass(1_000)
    assert.equal((await told())?.length, LEAVES - 1)
    await blocks.put(lost, bytes!)
    await pass(1_999)
    assert.equal((await told())?.length, LEAVES - 1)
    await pass(1)
    assert.equal((await told())?.length, LEAVES)
  })

  test('of a fetch under way need no look', async () => {
    const { blocks, timer, digest } = await scene()
    const field = new Bitfield(LEAVES)
    field.set(3)
    const underWay = (root: Hex) => (root === digest ? field.toBytes() : undefined)
    const holdings = new Holdings({ blocks, timer, profile: PROFILE, underWay })
    assert.deepEqual(await holdings.of({ digest, codec: DAG_PB_CODEC }), field.toBytes())
  })

  test('of a single block are one bit; of what is no root, or is none of this profile, nothing', async () => {
    const { blocks, timer, leaves } = await scene()
    const holdings = new Holdings({ blocks, timer })
    const [leaf] = leaves as [Hex]
    assert.deepEqual(await holdings.of({ digest: leaf, codec: RAW_CODEC }), Uint8Array.of(128))
    assert.equal(await holdings.of({ digest: digestOf(Uint8Array.of(1)), codec: RAW_CODEC }), undefined)
    // The same bytes, taken for a node.
    const other = new Holdings({ blocks, timer })
    assert.equal(await other.of({ digest: leaf, codec: DAG_PB_CODEC }), undefined)
    const { digest } = await scene()
    assert.equal(await holdings.of({ digest, codec: DAG_PB_CODEC }), undefined)
  })

  test('a failing disk is told, and asked again', async () => {
    const { blocks, timer, digest } = await scene()
    const holdings = new Holdings({ blocks, timer, profile: PROFILE })
    const get = blocks.get.bind(blocks)
    blocks.get = () => Promise.reject(new Error('EIO'))
    await assert.rejects(holdings.of({ digest, codec: DAG_PB_CODEC }), /EIO/)
    blocks.get = get
    assert.equal((await holdings.of({ digest, codec: DAG_PB_CODEC }))?.length, LEAVES / 8)
  })
})
