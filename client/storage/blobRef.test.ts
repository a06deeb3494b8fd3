import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import { bytesToHex } from '@tessera/protocol/hex'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { identity } from 'multiformats/hashes/identity'
import { cidOf, parseBlobRef, parseBlockCid, refOf } from './blobRef.ts'
import { isContentFault } from './fault.ts'

const digest = `0x${'ab'.repeat(32)}` as const

describe('parseBlobRef', () => {
  test('takes what the chain client returns', () => {
    assert.deepEqual(parseBlobRef({ digest: digest.toUpperCase().replace('0X', '0x'), size: 5n }), { digest, size: 5 })
  })

  const bad: readonly (readonly [string, unknown])[] = [
    ['null', null],
    ['a string', digest],
    ['no digest', { size: 1 }],
    ['a short digest', { digest: digest.slice(0, -2), size: 1 }],
    ['a digest without 0x', { digest: `${digest.slice(2)}ab`, size: 1 }],
    ['size 0', { digest, size: 0 }],
    ['a negative size', { digest, size: -1 }],
    ['a fraction', { digest, size: 1.5 }],
    ['NaN', { digest, size: Number.NaN }],
    ['a size beyond 2^53', { digest, size: 2n ** 64n - 1n }],
    ['a size as text', { digest, size: '1' }],
  ]
  for (const [name, value] of bad) {
    test(`refuses ${name}`, () => {
      assert.throws(
        () => parseBlobRef(value),
        (error) => isTesseraError(error, 'storage/bad-ref') && isContentFault(error),
      )
    })
  }
})

describe('cidOf and refOf', () => {
  test('are each other\u2019s inverse', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const sizes = fc.oneof(
      fc.integer({ min: 1, max: 2 ** 21 }),
      fc.constantFrom(2 ** 20, 2 ** 20 + 1, Number.MAX_SAFE_INTEGER),
    )
    fc.assert(
      fc.property(bytes, sizes, (hash, size) => {
        const ref = { digest: bytesToHex(hash), size }
        assert.deepEqual(refOf(cidOf(ref).toString(), size), ref)
      }),
    )
  })

  test('the codec turns from raw to dag-pb after 1 MiB', () => {
    assert.equal(cidOf({ digest, size: 2 ** 20 }).code, 0x55)
    assert.equal(cidOf({ digest, size: 2 ** 20 + 1 }).code, 0x70)
  })

  test('a CID whose codec does not fit the size is refused', () => {
    const cid = cidOf({ digest, size: 1 }).toString()
    assert.throws(
      () => refOf(cid, 2 ** 21),
      (error) => isTesseraError(error, 'storage/bad-ref'),
    )
  })
})

describe('parseBlockCid', () => {
  const bad = {
    'no CID at all': 'hello',
    'an empty string': '',
    'a CIDv0': 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKZ5gQ',
    'an identity CID, which carries its own content': CID.createV1(
      0x55,
      identity.digest(new Uint8Array(32)),
    ).toString(),
    'sha2-512': CID.createV1(0x55, createDigest(0x13, new Uint8Array(64))).toString(),
    'a sha2-256 of 20 bytes': CID.createV1(0x55, createDigest(0x12, new Uint8Array(20))).toString(),
    'dag-cbor': CID.createV1(0x71, createDigest(0x12, new Uint8Array(32))).toString(),
    'more text than any CID': `bafkrei${'a'.repeat(200)}`,
  }
  for (const [name, text] of Object.entries(bad)) {
    test(`refuses ${name}`, () => {
      assert.throws(
        () => parseBlockCid(text),
        (error) => isTesseraError(error, 'storage/bad-cid'),
      )
    })
  }
})
