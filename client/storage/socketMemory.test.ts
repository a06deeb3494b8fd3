import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type Agent, createServer, get, type IncomingMessage, type RequestOptions, type Server } from 'node:http'
import { createServer as createSecureServer, get as getSecurely } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { httpAgent, httpsAgent } from './socketMemory.ts'
import { vectorBytes } from './vectorBytes.ts'

const BODY = vectorBytes(3_000_000, 'socket memory')
const ANSWERS = 8
/** Pieces that one connection may take for all of them; Node by itself takes one for each read, some 400. */
const FEW = 8

// A secret that both sides know, so that no certificate is needed.
const PSK = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'PSK' } as const
const KEY = Buffer.from('a key for this test alone')

interface Means {
  readonly server: Server
  readonly agent: (memory: () => Uint8Array) => Agent
  readonly ask: (options: RequestOptions, hear: (response: IncomingMessage) => void) => void
}

const answer = (_: IncomingMessage, response: import('node:http').ServerResponse): void => {
  response.setHeader('content-length', BODY.length)
  response.end(BODY)
}

const MEANS: Readonly<Record<string, () => Means>> = {
  http: () => ({
    server: createServer(answer),
    agent: (memory) => httpAgent({ keepAlive: true, maxSockets: 1 }, memory),
    ask: (options, hear) => get(options, hear),
  }),
  https: () => ({
    server: createSecureServer({ ...PSK, pskCallback: () => KEY }, answer),
    agent: (memory) => {
      const psk = { ...PSK, pskCallback: () => ({ psk: KEY, identity: 'test' }), checkServerIdentity: () => undefined }
      return httpsAgent({ keepAlive: true, maxSockets: 1, ...psk }, memory)
    },
    ask: (options, hear) => getSecurely(options, hear),
  }),
}

for (const [name, open] of Object.entries(MEANS)) {
  describe(`${name} to memory that is used again`, () => {
    test('all answers of a connection are read to a few pieces, and are right', async () => {
      await withServer(open(), async ({ fetch, pieces }) => {
        for (let n = 0; n < ANSWERS; n++) {
          const response = await fetch()
          assert.deepEqual(await bodyOf(response), BODY)
        }
        assert.ok(pieces() > 0 && pieces() <= FEW, `${pieces()} pieces`)
      })
    })

    test('nothing is written over while a reader does not read', async () => {
      await withServer(open(), async ({ fetch, pieces }) => {
        const response = await fetch()
        const read: Buffer[] = []
        response.on('data', (piece: Buffer) => {
          read.push(piece)
          response.pause()
          setImmediate(() => response.resume())
        })
        await once(response, 'end')
        assert.deepEqual(new Uint8Array(Buffer.concat(read)), BODY)
        assert.ok(pieces() > 0)
      })
    })
  })
}

interface Under {
  fetch(): Promise<IncomingMessage>
  /** How many it has taken so far. */
  pieces(): number
}

async function withServer({ server, agent, ask }: Means, use: (under: Under) => Promise<void>): Promise<void> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  let taken = 0
  const reusing = agent(() => {
    taken++
    return new Uint8Array(2 ** 16)
  })
  const { port } = server.address() as AddressInfo
  try {
    await use({
      pieces: () => taken,
      fetch: () => new Promise((resolve) => ask({ host: '127.0.0.1', port, agent: reusing }, resolve)),
    })
  } finally {
    reusing.destroy()
    server.close()
    await once(server, 'close')
  }
}

async function bodyOf(response: IncomingMessage): Promise<Uint8Array> {
  return new Uint8Array(Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)))
}
