import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { createServer as createSecureServer, Server as SecureServer } from 'node:tls'
import { isTesseraError } from '@tessera/protocol/errors'
import { BlockBuffers } from './blockBuffers.ts'
import { DirectBlocks } from './directBlocks.ts'
import type { BlockRequest } from './transport.ts'
import { vectorBytes } from './vectorBytes.ts'

const BLOCK = vectorBytes(300_000, 'direct blocks')
const HEAD = `HTTP/1.1 200 OK\r\nContent-Length: ${BLOCK.length}\r\n\r\n`
const REFUSAL = 'HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nno.\n'
const CID = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'

/** Answers the `index`-th request of all, counted from 0. */
type Answer = (socket: Socket, index: number) => void

interface Bench {
  readonly connections: () => number
  readonly asked: readonly string[]
  fetch(more?: Partial<BlockRequest>): Promise<Uint8Array>
}

const whole: Answer = (socket) => {
  socket.write(HEAD)
  socket.write(BLOCK)
}

async function withServer(
  answer: Answer,
  use: (bench: Bench) => Promise<void>,
  server = createServer(),
): Promise<void> {
  const sockets = new Set<Socket>()
  const asked: string[] = []
  const isSecure = server instanceof SecureServer
  server.on(isSecure ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket)
    // Readers that cut the connection off are part of the tests.
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      asked.push(bytes.toString('latin1'))
      answer(socket, asked.length - 1)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const blocks = new DirectBlocks({ allowLoopback: true, tls: PSK_CLIENT })
  const signal = new AbortController().signal
  const base = `${isSecure ? 'https' : 'http'}://127.0.0.1:${port}/up`
  try {
    await use({
      connections: () => sockets.size,
      asked,
      fetch: (more) => blocks.fetchBlock({ source: { base }, cid: CID, maxBytes: 2 ** 21, signal, ...more }),
    })
  } finally {
    blocks.close()
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
}

// A secret that both sides know, so that no certificate is needed.
const KEY = Buffer.from('a key for this test alone')
const PSK = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'PSK' } as const
const PSK_CLIENT = {
  ...PSK,
  pskCallback: () => ({ psk: KEY, identity: 'test' }),
  checkServerIdentity: () => undefined,
}

function secureServer(): Server {
  return createSecureServer({ ...PSK, pskCallback: () => KEY })
}

describe('DirectBlocks', () => {
  for (const [name, open] of Object.entries({ http: createServer, https: secureServer })) {
    test(`reads block after block over one connection of ${name}, to memory that is used again`, async () => {
      const buffers = new BlockBuffers()
      const serve = async ({ fetch, asked, connections }: Bench): Promise<void> => {
        const memory = new Set<ArrayBufferLike>()
        for (let n = 0; n < 5; n++) {
          const bytes = await fetch({ memory: buffers.take })
          assert.deepEqual(Uint8Array.from(bytes), BLOCK)
          memory.add(bytes.buffer)
          buffers.give(bytes)
        }
        assert.deepEqual([connections(), asked.length, memory.size], [1, 5, 1])
        assert.match(
          asked[0] ?? '',
          new RegExp(`^GET /up/ipfs/${CID}\\?format=raw HTTP/1\\.1\\r\\nhost: 127\\.0\\.0\\.1:\\d+\\r\\n`),
        )
        assert.match(asked[0] ?? '', /\r\naccept: application\/vnd\.ipld\.raw\r\naccept-encoding: identity\r\n\r\n$/)
      }
      await withServer(whole, serve, open())
    })
  }

  test('it does not matter how an answer is cut', async () => {
    const drip: Answer = (socket) => {
      const text = Buffer.concat([Buffer.from(HEAD), BLOCK])
      const cuts = [1, 8, 17, HEAD.length - 2, HEAD.length - 1, HEAD.length + 1, 100_000, text.length]
      const next = (from: number): void => {
        const to = cuts.shift()
        // Each piece is on its way before the next one is.
        if (to !== undefined) socket.write(text.subarray(from, to), () => setImmediate(next, to))
      }
      next(0)
    }
    await withServer(drip, async ({ fetch }) => assert.deepEqual(Uint8Array.from(await fetch()), BLOCK))
  })

  test('a short refusal leaves the connection as it was, a long one ends it', async () => {
    const refuse: Answer = (socket, index) => {
      if (index === 0) socket.write(REFUSAL)
      else if (index === 1) socket.write(`HTTP/1.1 500 Oh\r\ncontent-length: 1000000\r\n\r\n`)
      else whole(socket, index)
    }
    await withServer(refuse, async ({ fetch, connections }) => {
      await assert.rejects(fetch(), (error) => isTesseraError(error, 'storage/not-found'))
      await assert.rejects(fetch(), (error) => isTesseraError(error, 'storage/bad-response'))
      assert.equal(connections(), 1)
      await fetch()
      assert.equal(connections(), 2)
    })
  })

  test('reads no faster than it may', async () => {
    await withServer(whole, async ({ fetch }) => {
      let waits = 0
      let told = 0
      const onBytes = (bytes: number): Promise<void> => {
        assert.equal(waits, 0, 'nothing is read meanwhile')
        waits++
        told += bytes
        return new Promise((resolve) =>
          setImmediate(() => {
            waits--
            resolve()
          }),
        )
      }
      assert.deepEqual(Uint8Array.from(await fetch({ onBytes })), BLOCK)
      assert.equal(told, BLOCK.length)
    })
  })

  test('a connection that was ended while idle costs nothing but a new one', async () => {
    const once: Answer = (socket, index) => {
      if (index === 1) socket.destroy()
      else whole(socket, index)
    }
    await withServer(once, async ({ fetch, connections }) => {
      await fetch()
      assert.deepEqual(Uint8Array.from(await fetch()), BLOCK)
      assert.equal(connections(), 2)
    })
  })

  for (const [what, text] of Object.entries({
    'in chunks': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    'that ends with the connection': 'HTTP/1.1 200 OK\r\n\r\nabcde',
    'of HTTP/1.0': 'HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nabcde',
    'after a hint': 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcde',
  })) {
    test(`an answer ${what} is read by Node's HTTP, from then on at once`, async () => {
      const other: Answer = (socket) =>
        text.includes('chunked') || text.includes('Hints') ? socket.write(text) : socket.end(text)
      await withServer(other, async ({ fetch, asked }) => {
        for (const requests of [2, 3]) {
          assert.equal(Buffer.from(await fetch()).toString(), 'abcde')
          assert.equal(asked.length, requests)
        }
      })
    })
  }

  for (const [what, [text, code]] of Object.entries({
    'more than was announced': ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc', 'storage/unreachable'],
    'less than was announced': ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', 'storage/unreachable'],
    'a head without an end': [`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(9_000)}`, 'storage/unreachable'],
    'no HTTP': ['SSH-2.0-OpenSSH\r\n', 'storage/unreachable'],
    'two lengths': ['HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd', 'storage/unreachable'],
    'another form of the bytes': [
      'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-encoding: br\r\n\r\nabc',
      'storage/bad-response',
    ],
    'a block that is too long': ['HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n', 'storage/block-too-large'],
    'a redirect': ['HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n', 'storage/redirect'],
    'a request for patience': ['HTTP/1.1 503 No\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n', 'storage/busy'],
  } as const)) {
    test(`${what} is ${code}`, async () => {
      const bad: Answer = (socket) => socket.end(text)
      await withServer(bad, async ({ fetch }) => {
        await assert.rejects(fetch(), (error) => isTesseraError(error, code))
      })
    })
  }

  test('a call that is ended cuts the connection off', async () => {
    const stop = new AbortController()
    const stuck: Answer = (socket) => socket.write(HEAD, () => setImmediate(() => stop.abort()))
    await withServer(stuck, async ({ fetch }) => {
      await assert.rejects(fetch({ signal: stop.signal }), (error) => isTesseraError(error, 'storage/aborted'))
    })
  })
})
