// The store that keeps its blobs in Kubo, against a daemon in this process that can fail in every way: the suite of all stores, and what the
// store makes of each failure. The same suite runs on a real daemon in `npm run test:storage`.

import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import { blobStoreConformance } from '../blobStoreConformance.ts'
import type { EmbeddedStore } from '../embeddedStore.ts'
import { startGateway } from '../gatewayServer.ts'
import { HandTimer } from '../handTimer.ts'
import { vectorBytes } from '../vectorBytes.ts'
import { type Exchange, FakeKubo } from './fakeKubo.ts'
import { CALL_MS } from './kuboRpc.ts'
import { type KuboStoreOptions, openKuboStore } from './kuboStore.ts'

const MIB = 2 ** 20

blobStoreConformance('in a daemon', {
  outlives: true,
  place: async () => {
    const fake = await FakeKubo.start()
    const dir = await mkdtemp(join(tmpdir(), 'tessera-kubo-'))
    return {
      open: async (options) => {
        const store = await openKuboStore({ dir, kubo: { url: fake.url }, ...options })
        const gateway = await startGateway({ blocks: store.blocks, host: '127.0.0.1', port: 0 })
        return {
          store,
          url: gateway.url,
          damage: async (digest) => void fake.blocks.set(digest, new Uint8Array(5)),
          close: async () => {
            await gateway.close()
            await store.close()
          },
        }
      },
      close: async () => {
        await fake.close()
        await rm(dir, { recursive: true, force: true })
      },
    }
  },
})

interface Scene {
  readonly fake: FakeKubo
  readonly timer: HandTimer
  readonly dir: string
  open(more?: Partial<KuboStoreOptions>): Promise<EmbeddedStore>
}

async function scene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const fake = await FakeKubo.start()
  const timer = new HandTimer()
  const dir = await mkdtemp(join(tmpdir(), 'tessera-kubo-'))
  const stores: EmbeddedStore[] = []
  const open = async (more: Partial<KuboStoreOptions> = {}) => {
    const store = await openKuboStore({ dir, kubo: { url: fake.url }, quotaBytes: 64 * MIB, timer, ...more })
    stores.push(store)
    return store
  }
  try {
    await run({ fake, timer, dir, open })
  } finally {
    fake.behave = ({ proceed }) => proceed()
    for (const store of stores) await store.close()
    await fake.close()
    await rm(dir, { recursive: true, force: true })
  }
}

const code =
  (expected: string, retryable = false) =>
  (error: unknown) =>
    isTesseraError(error, expected) && error.retryable === retryable && error.hint !== undefined

const put = (store: EmbeddedStore, bytes: Uint8Array, signal?: AbortSignal) =>
  store.put(bytes, { round: 1, maxBytes: 16 * MIB, ...(signal === undefined ? {} : { signal }) })
const local = { sources: [], deadlineMs: 60_000, maxBytes: 16 * MIB, round: 1 }

/** Behaves as a daemon does, but at one call. */
const at = (call: string, behave: (exchange: Exchange) => void | Promise<void>) => (exchange: Exchange) =>
  exchange.call === call ? behave(exchange) : exchange.proceed()

const json = (value: unknown) => (exchange: Exchange) => {
  exchange.request.resume()
  exchange.response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

const status = (number: number, message: string) => (exchange: Exchange) => {
  exchange.request.resume()
  exchange.response.writeHead(number, { 'content-type': 'application/json' }).end(JSON.stringify({ Message: message }))
}

describe('opening a store in Kubo', () => {
  test('takes a daemon that is new enough', () =>
    scene(async ({ fake, open, dir }) => {
      for (const version of ['0.40.0', '0.43.1', '1.0.0-rc1', '0.99.0-dev']) {
        fake.version = version
        await (await open()).close()
      }
      for (const version of ['0.39.9', '0.4.23']) {
        fake.version = version
        await assert.rejects(open(), code('kubo/too-old'))
      }
      // A refused opening leaves the folder free.
      fake.version = '0.43.0'
      await open({ dir })
    }))

  test('refuses what is no Kubo', () =>
    scene(async ({ fake, open }) => {
      for (const version of [undefined, '', 'latest', 43]) {
        fake.version = version
        await assert.rejects(open(), code('kubo/bad-answer', true))
      }
      fake.behave = ({ response }) => void response.writeHead(404).end('404 page not found')
      await assert.rejects(open(), code('kubo/http'))
      fake.behave = ({ response }) => void response.writeHead(200).end('<html>')
      await assert.rejects(open(), code('kubo/bad-answer', true))
    }))

  test('refuses a URL that is none of an API', () =>
    scene(async ({ open }) => {
      for (const url of ['', 'localhost', 'ftp://127.0.0.1', 'http://127.0.0.1:5001/?x=1'])
        await assert.rejects(open({ kubo: { url } }), code('kubo/bad-url'))
    }))

  test('takes the URL with and without the path of the API, and sends the token', () =>
    scene(async ({ fake, open }) => {
      fake.token = 'secret'
      for (const path of ['', '/', '/api/v0', '/api/v0/']) {
        const store = await open({ kubo: { url: `${fake.url}${path}`, token: 'secret' } })
        const bytes = vectorBytes(100, path)
        assert.deepEqual(await store.read(await put(store, bytes), local), bytes)
        await store.close()
      }
      await assert.rejects(open(), code('kubo/unauthorized'))
      await assert.rejects(open({ kubo: { url: fake.url, token: 'wrong' } }), code('kubo/unauthorized'))
    }))

  test('says when nobody listens', () =>
    scene(async ({ open }) => {
      await assert.rejects(open({ kubo: { url: 'http://127.0.0.1:1' } }), code('kubo/unreachable', true))
    }))

  test('does not wait for a daemon that hangs', () =>
    scene(async ({ fake, open, timer }) => {
      fake.behave = ({ response }) => {
        // Not even a daemon that has begun to answer.
        response.writeHead(200, { 'content-type': 'application/json' })
        response.write('{"Ver', () => timer.end(CALL_MS))
      }
      await assert.rejects(open(), code('kubo/timeout', true))
    }))

  test('removes what a crash left of a put', () =>
    scene(async ({ open, dir }) => {
      await (await open()).close()
      await writeFile(join(dir, 'spool', 'left.car'), 'half a blob')
      await open()
      assert.deepEqual(await readdir(join(dir, 'spool')), [])
    }))
})

describe('a put into Kubo', () => {
  const bytes = vectorBytes(2 * MIB + 1, 'put into Kubo')

  /** The put fails as it should, and nothing of it stays; afterwards it succeeds. */
  async function failing(
    call: string,
    behave: (exchange: Exchange) => void | Promise<void>,
    expected: string,
    retryable = false,
  ) {
    await scene(async ({ fake, open, dir }) => {
      const store = await open()
      fake.behave = at(call, behave)
      await assert.rejects(put(store, bytes), code(expected, retryable))
      fake.behave = ({ proceed }) => proceed()
      assert.equal(store.usedBytes, 0)
      assert.deepEqual([...fake.pins.keys()], [])
      assert.deepEqual(await readdir(join(dir, 'spool')), [])
      assert.deepEqual(await store.read(await put(store, bytes), local), bytes)
    })
  }

  test('fails when the daemon refuses the import', () => failing('dag/import', status(500, 'no'), 'kubo/http', true))
  test('fails when the daemon refuses the pin', () => failing('pin/add', status(400, 'no'), 'kubo/http'))
  test('fails when the daemon is busy', () => failing('pin/add', status(429, 'later'), 'kubo/http', true))
  test('says that the daemon’s disk is full', () =>
    failing('dag/import', status(500, 'put: write /x: no space left on device'), 'storage/disk-full'))
  test('fails when the import breaks off in the middle', () =>
    failing(
      'dag/import',
      ({ request }) => void request.once('data', () => request.socket.destroy()),
      'kubo/unreachable',
      true,
    ))
  test('fails when the daemon answers with more than it could have to say', () =>
    failing(
      'dag/import',
      ({ request, response }) => {
        request.resume()
        response.end(Buffer.alloc(2 * MIB))
      },
      'kubo/bad-answer',
      true,
    ))
  test('fails when the daemon fails after it has answered', () =>
    failing(
      'dag/import',
      ({ request, response }) => {
        request.resume()
        response.writeHead(200, { trailer: 'X-Stream-Error' })
        response.addTrailers({ 'X-Stream-Error': 'import failed' })
        response.end()
      },
      'kubo/http',
      true,
    ))
  test('fails when the daemon has pinned another root', () =>
    failing(
      'pin/add',
      json({ Pins: ['bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'] }),
      'kubo/root-mismatch',
    ))
  test('fails when the daemon has stored another block', () =>
    failing(
      'block/put',
      json({ Key: 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e', Size: 1 }),
      'kubo/root-mismatch',
    ))

  test('is imported again when garbage is collected before it is pinned', () =>
    scene(async ({ fake, open }) => {
      const store = await open()
      let collections = 0
      fake.behave = at('pin/add', ({ proceed }) => {
        if (collections++ < 2) fake.collectGarbage()
        return proceed()
      })
      const ref = await put(store, bytes)
      assert.equal(fake.calls.filter((call) => call === 'dag/import').length, 3)
      fake.collectGarbage()
      assert.deepEqual(await store.read(ref, local), bytes)
    }))

  test('gives up when that happens each time', () =>
    failing(
      'pin/add',
      status(500, 'block was not found locally (offline): ipld: could not find x'),
      'kubo/incomplete',
      true,
    ))

  test('does not wait for a daemon that hangs', () =>
    scene(async ({ fake, open, timer }) => {
      const store = await open()
      fake.behave = at('dag/import', () => timer.endLast())
      await assert.rejects(put(store, bytes), code('kubo/timeout', true))
    }))

  test('ends with its caller, and with the store', () =>
    scene(async ({ fake, open }) => {
      const store = await open()
      const stop = new AbortController()
      fake.behave = at('dag/import', () => stop.abort())
      await assert.rejects(put(store, bytes, stop.signal), code('storage/aborted'))
      const asked = Promise.withResolvers<void>()
      fake.behave = at('dag/import', () => asked.resolve())
      const closed = assert.rejects(put(store, bytes), code('storage/closed'))
      await asked.promise
      await store.close()
      await closed
    }))

  test('is one import, of each block once', () =>
    scene(async ({ fake, open }) => {
      const store = await open()
      const ref = await put(store, new Uint8Array(5 * MIB))
      assert.equal(fake.calls.filter((call) => call === 'dag/import').length, 1)
      // A leaf, the root, and what holds it.
      assert.equal(fake.blocks.size, 3)
      assert.deepEqual(await store.read(ref, local), new Uint8Array(5 * MIB))
    }))
})

describe('what Kubo says it has', () => {
  test('is not believed: a block of other bytes is removed and missing', () =>
    scene(async ({ fake, open }) => {
      const store = await open()
      const ref = await put(store, vectorBytes(1000, 'believed'))
      fake.behave = at('block/get', ({ response }) => void response.writeHead(200).end('something else'))
      await assert.rejects(store.read(ref, local), code('storage/no-source'))
      assert.ok(!fake.blocks.has(ref.digest))
    }))

  test('is not believed: a block without end is cut off', () =>
    scene(async ({ fake, open }) => {
      const store = await open()
      const ref = await put(store, vectorBytes(1000, 'endless'))
      fake.behave = at('block/get', ({ response }) => {
        const more = () => {
          while (!response.destroyed && response.write(new Uint8Array(65_536)));
        }
        response.on('drain', more)
        more()
      })
      await assert.rejects(store.read(ref, local), code('kubo/bad-answer', true))
    }))

  test('may fail without that being taken for a missing block', () =>
    scene(async ({ fake, open }) => {
      const store = await open()
      const ref = await put(store, vectorBytes(1000, 'fails'))
      fake.behave = at('block/get', status(500, 'datastore: input/output error'))
      await assert.rejects(store.read(ref, local), code('kubo/http', true))
      fake.behave = at('block/stat', status(500, 'datastore: input/output error'))
      await assert.rejects(store.has(ref), code('kubo/http', true))
    }))
})

describe('letting blobs go in Kubo', () => {
  test('is done in the end when the daemon fails first', () =>
    scene(async ({ fake, open }) => {
      const store = await open()
      await put(store, vectorBytes(1000, 'let go'))
      fake.behave = at('pin/rm', status(500, 'no'))
      await assert.rejects(store.collect({ keepFromRound: 9, maxBytes: 64 * MIB }), code('kubo/http', true))
      assert.equal(fake.pins.size, 1)
      fake.behave = ({ proceed }) => proceed()
      await store.collect({ keepFromRound: 9, maxBytes: 64 * MIB })
      assert.equal(fake.pins.size, 0)
      assert.equal(store.usedBytes, 0)
    }))

  test('does not mind that someone has unpinned before', () =>
    scene(async ({ fake, open }) => {
      const store = await open()
      await put(store, vectorBytes(1000, 'unpinned'))
      fake.pins.clear()
      assert.equal((await store.collect({ keepFromRound: 9, maxBytes: 64 * MIB })).blobs, 1)
    }))

  test('has the daemon collect garbage only if that was asked for, and only when something was let go', () =>
    scene(async ({ fake, open, dir }) => {
      for (const [collectGarbage, runs] of [
        [false, 0],
        [true, 1],
      ] as const) {
        const store = await open({ dir: join(dir, String(collectGarbage)), collectGarbage })
        fake.calls.length = 0
        await put(store, vectorBytes(1000, 'garbage'))
        await store.collect({ keepFromRound: 1, maxBytes: 64 * MIB })
        await store.collect({ keepFromRound: 2, maxBytes: 64 * MIB })
        assert.equal(fake.calls.filter((call) => call === 'repo/gc').length, runs)
      }
    }))

  test('touches no pin of another name', () =>
    scene(async ({ fake, open, dir }) => {
      const other = 'bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua'
      fake.pins.set(other, 'somebody’s tessera-')
      const store = await open()
      await put(store, vectorBytes(1000, 'another'))
      await store.collect({ keepFromRound: 9, maxBytes: 64 * MIB })
      await store.close()
      await rm(join(dir, 'manifest.sqlite'))
      await open()
      assert.deepEqual([...fake.pins.keys()], [other])
    }))
})
