import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { CarReader } from '@ipld/car/reader'
import { isTesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { type BlobRef, cidOf, digestOf } from './blobRef.ts'
import { PROFILE } from './dagShape.ts'
import { type Gateway, type GatewayOptions, startGateway } from './gatewayServer.ts'
import { HandTimer } from './handTimer.ts'
import { importBlob } from './importer.ts'
import { MemoryBlocks } from './memoryBlocks.ts'
import { vectorBytes } from './vectorBytes.ts'

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Uint8Array
}

/** One request on a connection of its own. */
function ask(
  base: string,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${base}${path}`, { agent: new Agent(), ...options }, async (response) => {
      const pieces: Uint8Array[] = []
      try {
        for await (const piece of response as AsyncIterable<Uint8Array>) pieces.push(piece)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) })
      } catch (error) {
        reject(error)
      }
    })
    sent.on('error', reject)
    sent.end()
  })
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket
}

const ended = (socket: Socket) => new Promise<void>((resolve) => void socket.resume().once('close', () => resolve()))

async function withGateway(options: Partial<GatewayOptions>, run: (gateway: Gateway) => Promise<void>): Promise<void> {
  const gateway = await startGateway({ blocks: new MemoryBlocks(), host: '127.0.0.1', port: 0, ...options })
  try {
    await run(gateway)
  } finally {
    await gateway.close()
  }
}

const bytes = vectorBytes(2 * PROFILE.leafBytes + 5, 'gateway')
const blocks = new MemoryBlocks()

describe('the gateway serves local blocks', () => {
  let gateway: Gateway
  let ref: BlobRef
  let cid: string
  before(async () => {
    const put = (digest: Hex, block: Uint8Array) => blocks.put(digest, block)
    ref = await importBlob(bytes, { put, maxBytes: bytes.length })
    cid = cidOf(ref).toString()
    gateway = await startGateway({
      blocks,
      host: '127.0.0.1',
      port: 0,
      routes: {
        '/status': (_, response) => void response.end('up'),
        '/broken': () => Promise.reject(new Error('route failed')),
        '/half': (_, response) => {
          response.write('half')
          throw new Error('route failed later')
        },
      },
    })
  })
  after(() => gateway.close())

  test('GET with format=raw sends one block, with the headers of something that never changes', async () => {
    const { status, headers, body } = await ask(gateway.url, `/ipfs/${cid}?format=raw`)
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'application/vnd.ipld.raw')
    assert.equal(headers['content-length'], String(body.length))
    assert.equal(headers['cache-control'], 'public, max-age=29030400, immutable')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers.etag, `"${cid}.raw"`)
    assert.equal(digestOf(body), ref.digest)
  })

  test('HEAD says whether a block is here and how long it is', async () => {
    const { status, headers, body } = await ask(gateway.url, `/ipfs/${cid}?format=raw`, { method: 'HEAD' })
    assert.equal(status, 200)
    assert.ok(Number(headers['content-length']) > 0)
    assert.equal(body.length, 0)
  })

  test('the Accept header asks for a format as well', async () => {
    const accept = { accept: 'application/vnd.ipld.raw, */*;q=0.1' }
    assert.equal(
      (await ask(gateway.url, `/ipfs/${cid}`, { headers: accept })).headers['content-type'],
      accept.accept.split(',')[0],
    )
    const car = { accept: 'application/vnd.ipld.car' }
    assert.match((await ask(gateway.url, `/ipfs/${cid}`, { headers: car })).headers['content-type'] ?? '', /car/)
  })

  test('a client that has the block is told so', async () => {
    const headers = { 'if-none-match': `W/"other", "${cid}.raw"` }
    assert.equal((await ask(gateway.url, `/ipfs/${cid}?format=raw`, { headers })).status, 304)
    assert.equal(
      (await ask(gateway.url, `/ipfs/${cid}?format=raw`, { headers: { 'if-none-match': '"x"' } })).status,
      200,
    )
  })

  test('format=car streams the whole tree depth first, and it reads back as the blob', async () => {
    const { status, headers, body } = await ask(gateway.url, `/ipfs/${cid}?format=car`)
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'application/vnd.ipld.car; version=1; order=dfs; dups=n')
    const car = await CarReader.fromBytes(body)
    assert.deepEqual((await car.getRoots()).map(String), [cid])
    const sections = await Array.fromAsync(car.blocks())
    assert.equal(String(sections[0]?.cid), cid)
    assert.equal(Buffer.compare(Buffer.concat(sections.slice(1).map((section) => section.bytes)), bytes), 0)
  })

  test('HEAD with format=car sends no body', async () => {
    const { status, body } = await ask(gateway.url, `/ipfs/${cid}?format=car`, { method: 'HEAD' })
    assert.deepEqual([status, body.length], [200, 0])
  })

  test('a repeated block is in the CAR once', async () => {
    const store = new MemoryBlocks()
    const put = (digest: Hex, block: Uint8Array) => store.put(digest, block)
    const ref = await importBlob(new Uint8Array(5 * PROFILE.leafBytes), { put, maxBytes: 2 ** 23 })
    await withGateway({ blocks: store }, async ({ url }) => {
      const { body } = await ask(url, `/ipfs/${cidOf(ref)}?format=car`)
      assert.equal((await Array.fromAsync((await CarReader.fromBytes(body)).blocks())).length, 2)
    })
  })

  test('a CAR whose tree is not all here breaks off instead of ending', async () => {
    const store = new MemoryBlocks()
    const put = async (digest: Hex, block: Uint8Array) => {
      if (block.length !== 5) await store.put(digest, block)
    }
    const ref = await importBlob(bytes, { put, maxBytes: bytes.length })
    const errors: unknown[] = []
    await withGateway({ blocks: store, onError: (error) => errors.push(error) }, async ({ url }) => {
      await assert.rejects(ask(url, `/ipfs/${cidOf(ref)}?format=car`))
      assert.ok(isTesseraError(errors[0], 'storage/not-found'))
    })
  })

  const absent = cidOf({ digest: `0x${'00'.repeat(32)}`, size: 1 }).toString()
  const refusals: readonly (readonly [string, number, string, { method?: string }?])[] = [
    ['a block that is not here', 404, `/ipfs/${absent}?format=raw`],
    ['a tree that is not here', 404, `/ipfs/${absent}?format=car`],
    ['a malformed CID', 400, '/ipfs/hello?format=raw'],
    ['no CID', 400, '/ipfs/?format=raw'],
    ['a CID with an unknown hash', 400, '/ipfs/bafkqabtimvwgy3yk?format=raw'],
    ['a path below a CID', 400, `/ipfs/${absent}/index.html?format=raw`],
    ['a format that it does not have', 400, `/ipfs/${absent}?format=tar`],
    ['a request for no format', 406, `/ipfs/${absent}`],
    ['a path of its own', 404, '/'],
    ['a path with a bad escape', 404, '/%'],
    ['a route by a name every object has', 404, '/constructor'],
    ['POST', 405, `/ipfs/${absent}?format=raw`, { method: 'POST' }],
    ['DELETE', 405, '/status', { method: 'DELETE' }],
  ]
  for (const [name, status, path, options] of refusals) {
    test(`${name} is ${status}`, async () => {
      const answer = await ask(gateway.url, path, options)
      assert.equal(answer.status, status)
      assert.equal(answer.headers['cache-control'], 'no-store')
      assert.equal(answer.headers['x-content-type-options'], 'nosniff')
      assert.equal(answer.headers.etag, undefined)
    })
  }

  test('pages of any site may read, also when they are isolated from others', async () => {
    for (const path of [`/ipfs/${cid}?format=raw`, `/ipfs/${absent}?format=raw`, '/status', '/broken']) {
      const { headers } = await ask(gateway.url, path)
      assert.equal(headers['access-control-allow-origin'], '*')
      assert.equal(headers['access-control-expose-headers'], 'content-length, etag, retry-after')
      assert.equal(headers['cross-origin-resource-policy'], 'cross-origin')
    }
  })

  test('a browser that asks first is told what it may', async () => {
    const path = `/ipfs/${cid}?format=raw`
    const { status, headers, body } = await ask(gateway.url, path, { method: 'OPTIONS' })
    assert.deepEqual([status, body.length], [204, 0])
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal(headers['access-control-allow-methods'], 'GET, HEAD')
    assert.match(String(headers['access-control-allow-headers']), /if-none-match/)
    assert.equal(headers['access-control-allow-private-network'], undefined)
    const asked = { 'access-control-request-private-network': 'true' }
    const near = await ask(gateway.url, path, { method: 'OPTIONS', headers: asked })
    assert.equal(near.headers['access-control-allow-private-network'], 'true')
  })

  test('routes of the caller are mounted beside it', async () => {
    const { status, body } = await ask(gateway.url, '/status?x=1')
    assert.deepEqual([status, Buffer.from(body).toString()], [200, 'up'])
  })

  test('a route that fails is 500, or a broken answer if it had begun', async () => {
    assert.equal((await ask(gateway.url, '/broken')).status, 500)
    await assert.rejects(ask(gateway.url, '/half'))
    assert.equal((await ask(gateway.url, '/status')).status, 200)
  })

  test('a request line longer than any URL is refused', async () => {
    assert.equal((await ask(gateway.url, `/${'a'.repeat(20_000)}`)).status, 431)
  })
})

describe('the gateway when its store fails', () => {
  test('a failing disk is 500 and told to the caller of startGateway', async () => {
    const broken = new MemoryBlocks()
    broken.sizeOf = () => Promise.reject(new Error('EIO'))
    const errors: unknown[] = []
    await withGateway({ blocks: broken, onError: (error) => errors.push(error) }, async ({ url }) => {
      const cid = cidOf({ digest: `0x${'00'.repeat(32)}`, size: 1 })
      assert.equal((await ask(url, `/ipfs/${cid}?format=raw`)).status, 500)
      assert.equal(errors.length, 1)
    })
  })

  test('a block that turns out damaged is 404', async () => {
    const store = new MemoryBlocks()
    const block = new TextEncoder().encode('will be damaged')
    const digest = digestOf(block)
    await store.put(digest, block)
    ;(await store.get(digest))!.fill(0)
    await withGateway({ blocks: store }, async ({ url }) => {
      const answer = await ask(url, `/ipfs/${cidOf({ digest, size: 1 })}?format=raw`)
      assert.equal(answer.status, 404)
      assert.equal(answer.headers['cache-control'], 'no-store')
    })
  })
})

describe('the limits of the gateway', () => {
  test('connections of one address over the limit are ended', async () => {
    const seen: Socket[] = []
    const routes: GatewayOptions['routes'] = {
      '/hello': (asked, response) => {
        seen.push(asked.socket)
        response.end('hello')
      },
    }
    await withGateway({ limits: { maxConnectionsPerAddress: 2 }, routes }, async ({ port, url }) => {
      const kept = [await open(port), await open(port)]
      await ended(await open(port))
      assert.ok(kept.every((socket) => !socket.destroyed))
      // The place of one that leaves is free again, once the gateway has noticed.
      kept[0]!.write('GET /hello HTTP/1.1\r\nhost: x\r\n\r\n')
      await once(kept[0]!, 'data')
      const noticed = once(seen[0]!, 'close')
      kept[0]!.destroy()
      await noticed
      assert.equal((await ask(url, '/hello')).status, 200)
      kept[1]!.destroy()
    })
  })

  test('connections over the limit in total are ended', async () => {
    await withGateway({ limits: { maxConnections: 1 } }, async ({ port }) => {
      const kept = await open(port)
      await ended(await open(port))
      assert.equal(kept.destroyed, false)
      kept.destroy()
    })
  })

  test('a reader beyond those who are served and who wait is told to come again', async () => {
    const ref = await importBlob(bytes, {
      put: (digest: Hex, block: Uint8Array) => blocks.put(digest, block),
      maxBytes: 2 ** 23,
    })
    const path = `/ipfs/${cidOf(ref)}?format=raw`
    let served = () => {}
    const busy = new MemoryBlocks()
    const held = new Promise<void>((resolve) => {
      served = resolve
    })
    busy.sizeOf = async (digest) => {
      await held
      return blocks.sizeOf(digest)
    }
    busy.get = (digest) => blocks.get(digest)
    const limits = { maxServing: 1, maxWaitingPerAddress: 1 }
    await withGateway({ blocks: busy, limits, timer: new HandTimer() }, async ({ url }) => {
      const all = [ask(url, path), ask(url, path), ask(url, path)]
      const first = await Promise.race(all)
      assert.deepEqual([first.status, first.headers['retry-after']], [503, '1'])
      served()
      assert.deepEqual((await Promise.all(all)).map(({ status }) => status).sort(), [200, 200, 503])
    })
  })

  test('all readers together get no more than the upload limit', async () => {
    const timer = new HandTimer(10_000)
    const ref = await importBlob(bytes, {
      put: (digest: Hex, block: Uint8Array) => blocks.put(digest, block),
      maxBytes: 2 ** 23,
    })
    await withGateway({ blocks, uploadBytesPerSecond: 2 ** 20, timer }, async ({ url }) => {
      const [one, two] = await Promise.all([
        ask(url, `/ipfs/${cidOf(ref)}?format=car`),
        ask(url, `/ipfs/${cidOf(ref)}?format=car`),
      ])
      const sent = one.body.length + two.body.length
      // By the timer's own time; the last slice goes when its turn begins, and the first within the burst.
      assert.ok(timer.now() >= (sent / 2 ** 20) * 1_000 - 250, `${sent} bytes in ${timer.now()} ms`)
    })
  })

  const slow = { headersTimeoutMs: 40, requestTimeoutMs: 50 }
  test('a connection that never sends a request is ended', async () => {
    await withGateway({ limits: slow }, async ({ port }) => ended(await open(port)))
  })

  test('a request whose headers never end is ended', async () => {
    await withGateway({ limits: slow }, async ({ port }) => {
      const socket = await open(port)
      socket.write('GET / HTTP/1.1\r\nhost: x\r\nx-endless: ')
      await ended(socket)
    })
  })

  test('a connection without a further request is ended', async () => {
    await withGateway({ limits: { keepAliveMs: 20 } }, async ({ port }) => {
      const socket = await open(port)
      socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
      await ended(socket)
    })
  })
})

describe('starting and closing', () => {
  test('port 0 takes any free port and says which', async () => {
    await withGateway({}, async ({ url, port }) => {
      assert.ok(port > 0)
      assert.equal(url, `http://127.0.0.1:${port}`)
    })
  })

  test('a port in use is gateway/port-in-use, with a hint', async () => {
    await withGateway({}, async ({ port }) => {
      const second = startGateway({ blocks, host: '127.0.0.1', port })
      await assert.rejects(second, (error) => isTesseraError(error, 'gateway/port-in-use') && error.hint !== undefined)
    })
  })

  test('an address of another machine and an impossible port are gateway/listen-failed', async () => {
    for (const [host, port] of [
      ['192.0.2.1', 0],
      ['127.0.0.1', 70_000],
    ] as const) {
      const started = startGateway({ blocks, host, port })
      await assert.rejects(started, (error) => isTesseraError(error, 'gateway/listen-failed'))
    }
  })

  test('the signal closes it and ends open connections, in use or not', async () => {
    const stop = new AbortController()
    let inUse = () => {}
    const busy = new Promise<void>((resolve) => {
      inUse = resolve
    })
    const routes = { '/hangs': () => inUse() }
    const gateway = await startGateway({ blocks, host: '127.0.0.1', port: 0, signal: stop.signal, routes })
    const idle = await open(gateway.port)
    const waiting = ask(gateway.url, '/hangs')
    await busy
    stop.abort()
    await Promise.all([ended(idle), assert.rejects(waiting)])
    await assert.rejects(open(gateway.port))
    await gateway.close()
  })

  test('an aborted signal starts nothing', async () => {
    const started = startGateway({ blocks, host: '127.0.0.1', port: 0, signal: AbortSignal.abort() })
    await assert.rejects(started, (error) => isTesseraError(error, 'storage/aborted'))
  })
})
