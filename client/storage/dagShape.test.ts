import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Hex } from '@tessera/protocol/hex'
import fc from 'fast-check'
import { type ChildBlock, decodeBlock } from './dagNode.ts'
import { childShapes, type DagProfile, measureNode, PROFILE, rootShape } from './dagShape.ts'
import { importBlob } from './importer.ts'
import { vectorBytes } from './vectorBytes.ts'

async function importAll(bytes: Uint8Array, profile: DagProfile) {
  const blocks = new Map<Hex, Uint8Array>()
  const put = async (digest: Hex, block: Uint8Array) => void blocks.set(digest, Uint8Array.from(block))
  const ref = await importBlob(bytes, { put, maxBytes: bytes.length, profile })
  return { ref, blocks }
}

/** Follows the tree by its predicted shape; every block must be exactly as predicted, and the leaves must be the blob. */
async function checkTree(bytes: Uint8Array, profile: DagProfile): Promise<void> {
  const { ref, blocks } = await importAll(bytes, profile)
  let treeBytes = 0
  const leaves: Uint8Array[] = []
  const visit = ({ digest, shape }: ChildBlock) => {
    const block = blocks.get(digest)
    assert.ok(block, 'every predicted block was made')
    treeBytes += block.length
    if (shape.height === 0) leaves.push(block)
    for (const child of decodeBlock(block, shape, profile)) visit(child)
  }
  const shape = rootShape(ref.size, profile)
  visit({ digest: ref.digest, shape })
  assert.equal(measureNode(shape, profile).treeBytes, treeBytes)
  assert.equal(Buffer.compare(Buffer.concat(leaves), bytes), 0)
}

describe('the predicted shape is what the importer builds', () => {
  test('for any size under small profiles, many levels deep', async () => {
    const profiles = fc.record({ leafBytes: fc.integer({ min: 1, max: 5 }), maxLinks: fc.integer({ min: 2, max: 4 }) })
    await fc.assert(
      fc.asyncProperty(profiles, fc.uint8Array({ minLength: 1, maxLength: 200 }), (profile, bytes) =>
        checkTree(bytes, profile),
      ),
      { numRuns: 150 },
    )
  })

  test('at every boundary of a small profile', async () => {
    const profile = { leafBytes: 2, maxLinks: 3 }
    for (let size = 1; size <= 2 * 3 ** 3 + 3; size++) await checkTree(vectorBytes(size, 'boundary'), profile)
  })

  for (const size of [1, 2 ** 20, 2 ** 20 + 1, 3 * 2 ** 20 + 5]) {
    test(`for ${size} bytes under the real profile`, () => checkTree(vectorBytes(size, 'real'), PROFILE))
  }

  test('for a full node of 1024 links and the two levels after it', async () => {
    const profile = { leafBytes: 1, maxLinks: PROFILE.maxLinks }
    for (const size of [1024, 1025]) await checkTree(vectorBytes(size, 'wide'), profile)
  })
})

describe('measureNode', () => {
  test('agrees with the sizes measured for 10 MiB, 100 MiB and 1 GiB + 1', () => {
    assert.equal(rootShape(2 ** 30, PROFILE).height, 1)
    assert.equal(rootShape(2 ** 30 + 1, PROFILE).height, 2)
    assert.equal(childShapes(rootShape(2 ** 30, PROFILE)).length, 1024)
    assert.deepEqual(childShapes(rootShape(2 ** 30 + 1, PROFILE)), [
      { size: 2 ** 30, height: 1 },
      { size: 1, height: 1 },
    ])
  })

  test('no node comes near the longest block', () => {
    assert.ok(measureNode({ size: Number.MAX_SAFE_INTEGER, height: 4 }).blockBytes < 2 ** 17)
  })

  test('takes no time for the largest size that there is', () => {
    const shape = rootShape(Number.MAX_SAFE_INTEGER)
    assert.ok(childShapes(shape).length <= 1024)
    assert.ok(measureNode(shape).treeBytes >= Number.MAX_SAFE_INTEGER)
  })
})
