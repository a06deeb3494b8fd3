import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import { cidOf, refOf } from './blobRef.ts'
import { addressOf, importBlob } from './importer.ts'
import { MemoryBlocks } from './memoryBlocks.ts'
import { vectorBytes } from './vectorBytes.ts'

// Published with Kubo for the profile unixfs-v1-2025. The two of 1 GiB were checked by hand when the profile was chosen.
const VECTORS = [
  [new TextEncoder().encode('hello world'), 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'],
  [vectorBytes(2 ** 20, 'chunk-v1-seed'), 'bafkreiacndfy443ter6qr2tmbbdhadvxxheowwf75s6zehscklu6ezxmta'],
  [vectorBytes(2 ** 20 + 1, 'chunk-v1-seed'), 'bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64'],
] as const

async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

describe('importBlob', () => {
  for (const [bytes, cid] of VECTORS) {
    test(`gives ${bytes.length} bytes the address that Kubo gives them`, async () => {
      const ref = await addressOf(bytes)
      assert.equal(cidOf(ref).toString(), cid)
      assert.deepEqual(refOf(cid, bytes.length), ref)
    })
  }

  test('the address does not depend on how the bytes are cut, empty pieces included', async () => {
    const [bytes] = VECTORS[2]
    async function* uneven(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array()
      yield* pieces(bytes, 100_003)
      yield new Uint8Array()
    }
    assert.deepEqual(await addressOf(uneven()), await addressOf(bytes))
  })

  test('hands every block over before its parent', async () => {
    const store = new MemoryBlocks()
    const order: string[] = []
    const put = async (digest: `0x${string}`, bytes: Uint8Array) => {
      order.push(digest)
      await store.put(digest, bytes)
    }
    const ref = await importBlob(vectorBytes(3 * 2 ** 20, 'order'), { put, maxBytes: 2 ** 22 })
    assert.equal(order.length, 4)
    assert.equal(order.at(-1), ref.digest)
  })

  test('stops at the first byte over the limit', async () => {
    let yielded = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        yielded++
        yield new Uint8Array(1000)
      }
    }
    await assert.rejects(addressOf(endless(), { maxBytes: 2500 }), (error) =>
      isTesseraError(error, 'storage/too-large'),
    )
    assert.equal(yielded, 3)
  })

  test('refuses an empty blob', async () => {
    await assert.rejects(addressOf(new Uint8Array()), (error) => isTesseraError(error, 'storage/empty'))
  })

  test('passes on the error of the store', async () => {
    const full = new Error('the store is full')
    const put = () => Promise.reject(full)
    await assert.rejects(importBlob(new Uint8Array(10), { put, maxBytes: 10 }), (error) => error === full)
  })

  test('an abort ends an import whose source never answers', async () => {
    const stop = new AbortController()
    let left = false
    const silent = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => stop.abort()),
        return: async () => {
          left = true
          return { done: true as const, value: undefined }
        },
      }),
    }
    const put = async () => {}
    const started = importBlob(silent, { put, maxBytes: 10, signal: stop.signal })
    await assert.rejects(started, (error) => isTesseraError(error, 'storage/aborted'))
    assert.ok(left)
  })

  test('an aborted signal starts nothing', async () => {
    const started = addressOf(new Uint8Array(1), { signal: AbortSignal.abort() })
    await assert.rejects(started, (error) => isTesseraError(error, 'storage/aborted'))
  })
})
