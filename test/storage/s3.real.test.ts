// Blobs by a real S3 server: published block by block, read back as from any gateway, deleted with their rounds, and the server's own
// refusals told in our words. What only a fake can do, and the attacks, are in client/storage/publish/s3Target.test.ts.

import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { BlobRef } from '@tessera/storage/blobRef'
import { openMemoryStore } from '@tessera/storage/embeddedStore'
import { HttpBlocks } from '@tessera/storage/httpBlocks'
import { BlobPublisher, type PublishEvent } from '@tessera/storage/publish/blobPublisher'
import { Book } from '@tessera/storage/publish/book'
import { PublishingStore } from '@tessera/storage/publish/publishingStore'
import { S3Bucket, type S3Credentials } from '@tessera/storage/publish/s3Bucket'
import { S3Target } from '@tessera/storage/publish/s3Target'
import { author } from '@tessera/storage/testSource'
import { systemTimer } from '@tessera/storage/timer'
import { vectorBytes } from '@tessera/storage/vectorBytes'
import { type S3Server, startS3Server } from './s3Server.ts'

const MIB = 2 ** 20
const { signal } = new AbortController()
let server: S3Server
let buckets = 0

before(async () => {
  server = await startS3Server()
})
after(() => server?.stop())

const nextBucket = (): string => `bucket-${buckets++}`

async function open(t: TestContext, url: string, more: { credentials?: S3Credentials; region?: string } = {}) {
  const { credentials = server.credentials, region = server.region } = more
  const timer = systemTimer
  const bucket = new S3Bucket({ url, region, credentials, timer, timeoutMs: 30_000, now: Date.now })
  const inner = await openMemoryStore({ quotaBytes: 256 * MIB, allowLoopback: true })
  const book = new Book(':memory:')
  const transport = new HttpBlocks({ allowLoopback: true })
  const spreadFailures: unknown[] = []
  const target = new S3Target({
    bucket,
    book,
    blocks: inner.blocks,
    publicUrl: { base: url },
    transport,
    timer,
    concurrency: 4,
    nonce: () => 'of a test',
    onSpreadFailure: (error) => spreadFailures.push(error),
  })
  const events: PublishEvent[] = []
  const onEvent = (event: PublishEvent): unknown => events.push(event)
  const publisher = new BlobPublisher({ targets: [target], book, timer, onEvent, random: () => 0 })
  const store = new PublishingStore(inner, publisher)
  t.after(async () => {
    await store.close()
    transport.close()
    book.close()
  })
  return { store, target, publisher, events, spreadFailures }
}

/** Another node, which knows nothing but the bucket's address. */
async function readFrom(t: TestContext, url: string, ref: BlobRef): Promise<Uint8Array> {
  const store = await openMemoryStore({ quotaBytes: 256 * MIB, allowLoopback: true })
  t.after(() => store.close())
  return await store.read(ref, { sources: [author(url)], deadlineMs: 60_000, maxBytes: 64 * MIB, round: 1 })
}

test('blobs of one block and of many arrive, with a prefix and without, and go with their round', async (t) => {
  const name = nextBucket()
  const base = await server.bucket(name)
  for (const [round, prefix] of ['', '/a/b'].entries()) {
    const { store, target, publisher, events, spreadFailures } = await open(t, `${base}${prefix}`)
    await target.check(signal)
    publisher.start()
    const blobs = [vectorBytes(1000, `small ${round}`), vectorBytes(17 * MIB + 5, `large ${round}`)]
    for (const bytes of blobs) {
      const ref = await store.put(bytes, { round, maxBytes: 64 * MIB })
      await publisher.idle()
      assert.equal(Buffer.compare(await readFrom(t, `${base}${prefix}`, ref), bytes), 0)
    }
    assert.deepEqual([events.map(({ kind }) => kind), spreadFailures], [['published', 'published'], []])
    assert.equal(await server.count(name), 1 + 19)
    await store.collect({ keepFromRound: round + 1, maxBytes: 256 * MIB })
    await publisher.idle()
    assert.equal(await server.count(name), 0)
  }
})

const wrong: Readonly<Record<string, readonly [readonly ('read' | 'list')[], object, string]>> = {
  'a key that the server does not know': [['read'], { credentials: { keyId: 'OTHER', secret: 'x' } }, 'credentials'],
  'a wrong secret': [['read'], { credentials: { keyId: 'TESTKEY', secret: 'x' } }, 'credentials'],
  'another region': [['read'], { region: 'us-west-2' }, 'wrong-region'],
  'a bucket that nobody else may read': [[], {}, 'not-readable'],
  'a bucket that anybody may list': [['read', 'list'], {}, 'listable'],
}
for (const [name, [rights, more, code]] of Object.entries(wrong))
  test(`${name}: publish/${code}`, async (t) => {
    const bucket = nextBucket()
    const { target } = await open(t, await server.bucket(bucket, rights), more)
    await assert.rejects(target.check(signal), { code: `publish/${code}` })
  })

test('no such bucket: publish/no-bucket', async (t) => {
  const { target } = await open(t, `${server.origin}/${nextBucket()}`)
  await assert.rejects(target.check(signal), { code: 'publish/no-bucket' })
})
