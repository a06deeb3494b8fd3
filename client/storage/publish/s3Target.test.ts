import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import { cidOf } from '../blobRef.ts'
import { openMemoryStore } from '../embeddedStore.ts'
import { HandTimer } from '../handTimer.ts'
import { HttpBlocks } from '../httpBlocks.ts'
import { mirror } from '../testSource.ts'
import { vectorBytes } from '../vectorBytes.ts'
import { BlobPublisher, type PublishEvent } from './blobPublisher.ts'
import { Book } from './book.ts'
import { FakeS3, type FakeS3Options, refuse, S3_CREDENTIALS } from './fakeS3.ts'
import { PublishingStore } from './publishingStore.ts'
import { S3Bucket, type S3Credentials } from './s3Bucket.ts'
import { S3Target } from './s3Target.ts'

const MIB = 2 ** 20
const CONCURRENCY = 3
const { signal } = new AbortController()

interface Setting {
  readonly concurrency?: number
  readonly server?: FakeS3Options
  readonly credentials?: S3Credentials
  readonly region?: string
  readonly path?: string
  readonly publicUrl?: string
  readonly book?: Book
}

type Scene = Awaited<ReturnType<typeof open>>

async function open(t: TestContext, setting: Setting = {}) {
  const server = new FakeS3(setting.server)
  const url = `${await server.start()}${setting.path ?? ''}`
  t.after(() => server.close())
  const timer = new HandTimer(20_000)
  const store = await openMemoryStore({ quotaBytes: 64 * MIB, allowLoopback: true, timer: new HandTimer() })
  const book = setting.book ?? new Book(':memory:')
  const transport = new HttpBlocks({ allowLoopback: true })
  const failures: unknown[] = []
  const { credentials = S3_CREDENTIALS, region = 'us-east-1' } = setting
  const bucket = new S3Bucket({ url, region, credentials, timer, timeoutMs: 30_000, now: () => server.options.now() })
  let probes = 0
  const target = new S3Target({
    bucket,
    book,
    blocks: store.blocks,
    publicUrl: { base: setting.publicUrl ?? url },
    transport,
    timer,
    concurrency: setting.concurrency ?? CONCURRENCY,
    nonce: () => String(probes++),
    onSpreadFailure: (error) => failures.push(error),
  })
  const events: PublishEvent[] = []
  const onEvent = (event: PublishEvent): unknown => events.push(event)
  // By hand: what rests wakes when the test says so.
  const rests = new HandTimer(0)
  const publisher = new BlobPublisher({ targets: [target], book, timer: rests, onEvent, random: () => 0 })
  const publishing = new PublishingStore(store, publisher)
  t.after(async () => {
    await publishing.close()
    transport.close()
    if (setting.book === undefined) book.close()
  })
  return { server, url, timer, rests, store: publishing, local: store, book, target, publisher, events, failures }
}

const put = (store: PublishingStore, bytes: Uint8Array, round = 1, keep?: 'checkpoint') =>
  store.put(bytes, { round, maxBytes: 16 * MIB, ...(keep === undefined ? {} : { keep }) })

/** Published as a whole, nothing of it ahead. */
async function putWhole({ local, publisher }: Pick<Scene, 'local' | 'publisher'>, bytes: Uint8Array, round = 1) {
  const ref = await local.put(bytes, { round, maxBytes: 16 * MIB })
  publisher.add({ ref, round, keep: false })
  return ref
}

/** Another node, which knows nothing but the bucket's public address. */
async function reader(t: TestContext) {
  const store = await openMemoryStore({ quotaBytes: 64 * MIB, allowLoopback: true, timer: new HandTimer() })
  t.after(() => store.close())
  return (ref: { digest: `0x${string}`; size: number }, source: string) =>
    store.read(ref, { sources: [mirror(source)], deadlineMs: 20_000, maxBytes: 16 * MIB, round: 1 })
}

/** After a timer that was ended by hand: its sleeper has to run first. */
async function untilIdle(publisher: BlobPublisher): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await publisher.idle()
}

const failureCodes = (events: readonly PublishEvent[]) =>
  events.flatMap((event) => (event.kind === 'failed' ? event.error.code : []))

const code = (wanted: string) => (error: unknown) => isTesseraError(error, wanted)

describe('a bucket as a mirror', () => {
  for (const size of [1, MIB, 5 * MIB + 7])
    test(`a blob of ${size} bytes is read from its public address like from any gateway`, async (t) => {
      const { server, url, store, publisher, events } = await open(t, { path: '/some/prefix' })
      const bytes = vectorBytes(size, 'bucket')
      publisher.start()
      const ref = await put(store, bytes)
      await publisher.idle()
      assert.equal(Buffer.compare(await (await reader(t))(ref, url), bytes), 0)
      assert.deepEqual(events, [{ kind: 'published', target: 's3', publication: { ref, round: 1, keep: false } }])
      const root = server.objects.get(`some/prefix/ipfs/${cidOf(ref)}`)
      assert.equal(root?.headers['cache-control'], 'public, max-age=29030400, immutable')
      assert.equal(root?.headers['content-type'], 'application/vnd.ipld.raw')
    })

  test('blocks go out while the rest is still being cut, a few at a time', async (t) => {
    const { server, store, publisher } = await open(t)
    const bytes = vectorBytes(10 * MIB, 'spread')
    const arrived = Promise.withResolvers<void>()
    server.mishap = () => {
      if (server.objects.size >= 2) arrived.resolve()
      return false
    }
    async function* slowly(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 9 * MIB)
      // The blob has no name yet, and two of its blocks are there.
      await arrived.promise
      yield bytes.subarray(9 * MIB)
    }
    const ref = await store.put(slowly(), { round: 1, maxBytes: 16 * MIB })
    publisher.start()
    await publisher.idle()
    assert.equal(server.count('PUT'), 11, 'no block was sent twice')
    assert.ok(server.mostPuts <= CONCURRENCY, `${server.mostPuts} at a time`)
    assert.ok(server.objects.has(`ipfs/${cidOf(ref)}`))
  })

  test('blocks are signed with their own hash, so that damage on the way is noticed and mended', async (t) => {
    const { server, store, publisher } = await open(t)
    let damaged = 0
    server.mishap = (request, response) => {
      if (request.method !== 'PUT' || damaged++ > 0) return false
      refuse(response, 400, 'XAmzContentSHA256Mismatch')
      return true
    }
    publisher.start()
    await put(store, vectorBytes(1000, 'damage'))
    await publisher.idle()
    assert.equal(server.count('PUT'), 2)
    assert.equal(server.objects.size, 1)
  })

  test('overload is waited out, and what is there is not sent again', async (t) => {
    // One after the other: what comes beside a refusal is called off, whether or not it has arrived, and sent again.
    const scene = await open(t, { concurrency: 1 })
    const { server, publisher, rests, events } = scene
    let puts = 0
    server.mishap = (request, response) => {
      if (request.method !== 'PUT' || ++puts <= 2) return false
      refuse(response, 503, 'SlowDown')
      return true
    }
    publisher.start()
    await putWhole(scene, vectorBytes(4 * MIB, 'overload'))
    await publisher.idle()
    assert.deepEqual(failureCodes(events), ['publish/busy'])
    assert.equal(server.objects.size, 2)
    server.mishap = () => false
    const before = server.count('PUT')
    rests.endLast()
    await untilIdle(publisher)
    assert.equal(server.count('PUT') - before, 3)
    assert.equal(server.objects.size, 5)
  })

  test('a hanging server costs a try and not the publisher', async (t) => {
    const scene = await open(t)
    const { server, publisher, timer, rests, events } = scene
    server.mishap = () => {
      // Its time runs out once the request is there.
      setImmediate(() => timer.end(30_000))
      return true
    }
    publisher.start()
    await putWhole(scene, vectorBytes(10, 'hang'))
    await publisher.idle()
    assert.deepEqual(failureCodes(events), ['publish/timeout'])
    assert.equal(server.count('PUT'), 4)
    server.mishap = () => false
    rests.endLast()
    await untilIdle(publisher)
    assert.equal(server.objects.size, 1)
  })

  test('trouble with blocks that went ahead is told, and the blob takes them along', async (t) => {
    const { server, store, publisher, failures } = await open(t)
    let refused = 0
    server.mishap = (request, response) => {
      if (request.method !== 'PUT' || refused++ > 0) return false
      refuse(response, 403, 'AccessDenied')
      return true
    }
    const ref = await put(store, vectorBytes(3 * MIB, 'ahead'))
    await new Promise<void>((resolve) => {
      const look = (): unknown => (failures.length > 0 ? resolve() : setImmediate(look))
      look()
    })
    publisher.start()
    await publisher.idle()
    assert.ok(failures.length === 1 && failures.every(code('publish/forbidden')))
    assert.ok(server.objects.has(`ipfs/${cidOf(ref)}`))
    assert.equal(server.objects.size, 4)
  })

  test('objects are deleted with their round, those of puts that came to nothing too, and what is kept stays', async (t) => {
    const { server, store, publisher, events } = await open(t)
    const shared = vectorBytes(MIB, 'shared')
    publisher.start()
    await put(store, Buffer.concat([shared, vectorBytes(10, 'old')]), 3)
    const later = await put(store, Buffer.concat([shared, vectorBytes(10, 'new')]), 4)
    const kept = await put(store, vectorBytes(10, 'run'), 0, 'checkpoint')
    await publisher.idle()
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield vectorBytes(9 * MIB, 'broken')
      await new Promise((resolve) => setImmediate(resolve))
      throw new Error('the disk failed')
    }
    await assert.rejects(store.put(broken(), { round: 3, maxBytes: 16 * MIB }), /the disk failed/)
    await store.collect({ keepFromRound: 4, maxBytes: 64 * MIB })
    await publisher.idle()
    const left = [...server.objects.keys()].sort()
    assert.equal(left.length, 4, 'root, shared leaf and last leaf of the later one, and what is kept')
    assert.ok(left.includes(`ipfs/${cidOf(later)}`) && left.includes(`ipfs/${cidOf(kept)}`))
    assert.equal(events.at(-1)?.kind, 'removed')
  })

  test('a restart goes on where the last process ended', async (t) => {
    const book = new Book(':memory:')
    const first = await open(t, { book })
    const bytes = vectorBytes(3 * MIB, 'restart')
    let puts = 0
    first.server.mishap = (request) => {
      if (request.method !== 'PUT' || ++puts <= 2) return false
      request.socket.destroy()
      return true
    }
    first.publisher.start()
    const ref = await putWhole(first, bytes)
    await first.publisher.idle()
    await first.publisher.close()
    assert.deepEqual(first.publisher.waiting(), [{ target: 's3', blobs: 1 }])

    const second = await open(t, { book })
    for (const [key, object] of first.server.objects) second.server.objects.set(key, object)
    await second.local.put(bytes, { round: 1, maxBytes: 16 * MIB })
    second.publisher.start()
    await second.publisher.idle()
    assert.equal(second.server.count('PUT'), 2)
    assert.ok(second.server.objects.has(`ipfs/${cidOf(ref)}`))
    t.after(() => book.close())
  })

  test('a bucket that was emptied is noticed at the next blob, and filled again', async (t) => {
    const scene = await open(t)
    const { server, publisher, rests, events } = scene
    server.mishap = (request, response) => {
      // Says that it has it, and has not.
      if (request.method === 'PUT') response.writeHead(200).end()
      return request.method === 'PUT'
    }
    publisher.start()
    await putWhole(scene, vectorBytes(MIB + 1, 'emptied'))
    await publisher.idle()
    assert.deepEqual(failureCodes(events), ['publish/not-readable'])
    server.mishap = () => false
    rests.endLast()
    await untilIdle(publisher)
    assert.equal(server.objects.size, 3)
    assert.equal(events.at(-1)?.kind, 'published')
  })
})

describe('what is wrong with a bucket is said at the start', () => {
  test('nothing is, and nothing stays behind', async (t) => {
    const { server, target } = await open(t, { path: '/prefix' })
    await target.check(signal)
    await target.check(signal)
    assert.equal(server.objects.size, 0)
    assert.equal(server.count('PUT'), 2, 'each start puts one that no cache knows')
  })

  const NOWHERE = 'http://127.0.0.1:1/blobs'
  const cases: Readonly<Record<string, readonly [Setting, string]>> = {
    'a key that nobody knows': [{ credentials: { keyId: 'OTHER', secret: 'x' } }, 'publish/credentials'],
    'a wrong secret': [{ credentials: { ...S3_CREDENTIALS, secret: 'x' } }, 'publish/credentials'],
    'another region': [{ region: 'eu-west-9' }, 'publish/wrong-region'],
    'a bucket that only its owner may read': [{ server: { isPublic: false } }, 'publish/not-readable'],
    'a bucket that anybody may list': [{ server: { isListable: true } }, 'publish/listable'],
    'a public address that is another': [{ publicUrl: NOWHERE }, 'storage/unreachable'],
  }
  for (const [name, [setting, wanted]] of Object.entries(cases))
    test(`${name}: ${wanted}`, async (t) => {
      const { target } = await open(t, setting)
      await assert.rejects(target.check(signal), code(wanted))
    })

  const answers: Readonly<Record<string, readonly [number, string, string]>> = {
    'no such bucket': [404, 'NoSuchBucket', 'publish/no-bucket'],
    'a key that Versity’s server does not know': [404, 'XAdminUserNotFound', 'publish/credentials'],
    'no right to write': [403, 'AccessDenied', 'publish/forbidden'],
    'a clock that is wrong': [403, 'RequestTimeTooSkewed', 'publish/clock'],
    'a redirect to another region': [301, 'PermanentRedirect', 'publish/wrong-region'],
    'a server in trouble': [500, 'InternalError', 'publish/busy'],
    'something else': [418, 'Teapot', 'publish/refused'],
    'bytes that were damaged, each time': [400, 'BadDigest', 'publish/damaged'],
  }
  for (const [name, [status, xml, wanted]] of Object.entries(answers))
    test(`${name}: ${wanted}`, async (t) => {
      const { server, target } = await open(t)
      server.mishap = (request, response) => {
        if (request.method === 'PUT') refuse(response, status, xml)
        return request.method === 'PUT'
      }
      await assert.rejects(target.check(signal), (error) => {
        assert.ok(isTesseraError(error, wanted), String(error))
        assert.ok(!JSON.stringify([error.message, error.hint, error.context]).includes(S3_CREDENTIALS.secret))
        return true
      })
    })

  test('an endless answer: publish/bad-answer', async (t) => {
    const { server, target } = await open(t)
    server.mishap = (request, response) => {
      if (request.method === 'PUT') response.writeHead(500).end('x'.repeat(70_000))
      return request.method === 'PUT'
    }
    await assert.rejects(target.check(signal), code('publish/bad-answer'))
  })

  test('nobody there: publish/unreachable', async (t) => {
    const { server, target } = await open(t)
    await server.close()
    await assert.rejects(target.check(signal), code('publish/unreachable'))
  })
})
