import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encode, type PBNode, prepare } from '@ipld/dag-pb'
import { isTesseraError } from '@tessera/protocol/errors'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'
import { identity } from 'multiformats/hashes/identity'
import { cidOfBlock, DAG_PB_CODEC, digestOf, RAW_CODEC } from './blobRef.ts'
import { decodeBlock, linksOf } from './dagNode.ts'
import { type NodeShape, rootShape } from './dagShape.ts'
import { isContentFault } from './fault.ts'

// A blob of 10 bytes under a profile of 4-byte leaves: one node over leaves of 4, 4 and 2 bytes.
const profile = { leafBytes: 4, maxLinks: 3 }
const shape: NodeShape = rootShape(10, profile)
const leaves = [4, 4, 2].map((length, n) => new Uint8Array(length).fill(n))
const link = (bytes: Uint8Array, codec = RAW_CODEC, Tsize = bytes.length) => ({
  Hash: cidOfBlock(digestOf(bytes), codec),
  Name: '',
  Tsize,
})

function node(change: { Links?: PBNode['Links']; data?: ConstructorParameters<typeof UnixFS>[0] } = {}): Uint8Array {
  const data = new UnixFS({ type: 'file', blockSizes: [4n, 4n, 2n], ...change.data })
  return encode(prepare({ Data: data.marshal(), Links: change.Links ?? leaves.map((leaf) => link(leaf)) }))
}

describe('decodeBlock', () => {
  test('returns the children of the one right node, from left to right', () => {
    const children = decodeBlock(node(), shape, profile)
    assert.deepEqual(
      children.map((child) => [child.digest, child.shape.size]),
      leaves.map((leaf) => [digestOf(leaf), leaf.length]),
    )
  })

  const [first, second, third] = leaves as [Uint8Array, Uint8Array, Uint8Array]
  const hostile: Readonly<Record<string, Uint8Array>> = {
    'a link too few': node({ Links: [link(first), link(second)], data: { blockSizes: [4n, 4n] } }),
    'a link too many': node({
      Links: [...leaves, third].map((leaf) => link(leaf)),
      data: { blockSizes: [4n, 4n, 2n, 2n] },
    }),
    'lying block sizes': node({ data: { blockSizes: [4n, 4n, 3n] } }),
    'a lying size of the same length': node({ data: { blockSizes: [4n, 2n, 4n] } }),
    'a lying Tsize': node({ Links: [link(first), link(second), link(third, RAW_CODEC, 3)] }),
    'inline data': node({ data: { data: new Uint8Array(10) } }),
    'inline data for one of the children': node({
      Links: [link(first), link(second)],
      data: { blockSizes: [4n, 4n], data: new Uint8Array(2) },
    }),
    'a directory': node({ data: { type: 'directory' } }),
    'a raw type': node({ data: { type: 'raw' } }),
    'a mode': node({ data: { mode: 0o755 } }),
    'a time': node({ data: { mtime: { secs: 1n } } }),
    'an identity link': node({
      Links: [link(first), link(second), { Hash: CID.createV1(RAW_CODEC, identity.digest(third)), Name: '', Tsize: 2 }],
    }),
    'a node where a leaf should be': node({ Links: [link(first), link(second), link(third, DAG_PB_CODEC)] }),
    'a CIDv0 link': node({
      Links: [
        link(first),
        link(second),
        { Hash: CID.parse('QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKZ5gQ'), Name: '', Tsize: 2 },
      ],
    }),
    'a named link': node({ Links: [link(first), link(second), { ...link(third), Name: 'x' }] }),
    'bytes after the node': Buffer.concat([node(), new Uint8Array([0])]),
    'an unknown field in place of a known one': Buffer.from(node()).fill(0x7f, node().length - 2),
    'the same length of noise': new Uint8Array(node().length).fill(7),
    'no bytes': new Uint8Array(),
    // Three levels of such nodes over one leaf would claim 2^70 bytes; the claim already fails at the first.
    'a node of a DAG bomb': encode(
      prepare({
        Data: new UnixFS({ type: 'file', blockSizes: Array(1024).fill(2n ** 40n) }).marshal(),
        Links: Array(1024).fill(link(first, DAG_PB_CODEC, 2 ** 40)),
      }),
    ),
  }
  for (const [name, bytes] of Object.entries(hostile)) {
    test(`refuses ${name}, as a fault of the reference`, () => {
      assert.throws(
        () => decodeBlock(bytes, shape, profile),
        (error) => isTesseraError(error, 'storage/shape') && isContentFault(error) && !error.retryable,
      )
    })
  }

  test('a leaf has exactly the bytes that its place has', () => {
    const leaf = rootShape(4, profile)
    assert.deepEqual(decodeBlock(first, leaf, profile), [])
    for (const bytes of [third, new Uint8Array(5)]) {
      assert.throws(
        () => decodeBlock(bytes, leaf, profile),
        (error) => isTesseraError(error, 'storage/shape'),
      )
    }
  })
})

describe('linksOf', () => {
  test('reads the links of any dag-pb block, and of nothing else', () => {
    assert.equal(linksOf(node())?.length, 3)
    assert.equal(linksOf(new Uint8Array([255, 255])), undefined)
  })
})
