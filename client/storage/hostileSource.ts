// @testonly Loopback servers that misbehave in one way each, for tests of the fetcher. They listen on any free port.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { parseBlockCid } from './blobRef.ts'
import type { BlockStore } from './blockStore.ts'

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The block that was asked for, if the source has it. */
  readonly bytes: Uint8Array | undefined
  /** How many requests came before this one. */
  readonly index: number
  /** Says that this answer will take longer than anyone waits. */
  readonly stuck: () => void
}

export type Behaviour = (exchange: Exchange) => void

export interface TestSource {
  readonly url: string
  /** CIDs asked for, in order. */
  readonly asked: string[]
  readonly sentBytes: () => number
  close(): Promise<void>
}

function send({ response }: Exchange, bytes: Uint8Array, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-length': String(bytes.length), ...headers })
  response.end(bytes)
}

function orMissing(behave: (exchange: Exchange, bytes: Uint8Array) => void): Behaviour {
  return (exchange) => {
    if (exchange.bytes === undefined) exchange.response.writeHead(404).end()
    else behave(exchange, exchange.bytes)
  }
}

export const BEHAVIOURS = {
  good: orMissing((exchange, bytes) => send(exchange, bytes)),
  slow: orMissing(({ response, stuck }, bytes) => {
    response.writeHead(200, { 'content-length': String(bytes.length) })
    response.write(bytes.subarray(0, 10), stuck)
  }),
  silent: ({ stuck }) => stuck(),
  endless: ({ response }) => {
    const junk = new Uint8Array(65_536)
    const more = () => {
      while (!response.destroyed && response.write(junk));
    }
    response.writeHead(200)
    response.on('drain', more)
    more()
  },
  'long by its own word': (exchange) => send(exchange, new Uint8Array(2 ** 21 + 1)),
  flipped: orMissing((exchange, bytes) => {
    const copy = Uint8Array.from(bytes)
    copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1
    send(exchange, copy)
  }),
  'short of a byte': orMissing((exchange, bytes) => send(exchange, bytes.subarray(0, -1))),
  redirecting: ({ response, request }) => {
    response.writeHead(302, { location: `http://${request.headers.host}/elsewhere` }).end()
  },
  empty: ({ response }) => {
    response.writeHead(404).end('no')
  },
  overloaded: ({ response }) => {
    response.writeHead(503).end()
  },
  'busy at first': orMissing((exchange, bytes) => {
    if (exchange.index >= 4) return send(exchange, bytes)
    exchange.response.writeHead(503, { 'retry-after': '1' }).end()
  }),
  busy: ({ response }) => {
    response.writeHead(503, { 'retry-after': '1' }).end()
  },
  compressing: orMissing((exchange, bytes) => send(exchange, bytes, { 'content-encoding': 'gzip' })),
  'cutting every connection': ({ request }) => {
    request.socket.destroy()
  },
  'cutting every third connection': orMissing((exchange, bytes) => {
    if (exchange.index % 3 !== 1) return send(exchange, bytes)
    exchange.response.writeHead(200, { 'content-length': String(bytes.length) })
    exchange.response.write(bytes.subarray(0, bytes.length >> 1), () => exchange.request.socket.destroy())
  }),
  'no HTTP': ({ request }) => {
    request.socket.end('SSH-2.0-OpenSSH\r\n')
  },
} satisfies Readonly<Record<string, Behaviour>>

/** Starts a source over the blocks in `blocks`. `onStuck` is told the CID of a request that the behaviour will not finish. */
export async function startSource(
  behave: Behaviour,
  blocks: BlockStore,
  onStuck: (url: string, cid: string) => void = () => {},
): Promise<TestSource> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  let sent = 0
  const server = createServer((request, response) => {
    const [path = '', query] = (request.url ?? '').split('?')
    const cid = path.split('/').at(-1) ?? ''
    if (query === 'format=have') return void response.writeHead(404).end()
    const index = asked.push(cid) - 1
    blocks.get(parseBlockCid(cid).digest).then(
      (bytes) => behave({ request, response, bytes, index, stuck: () => onStuck(url, cid) }),
      () => response.destroy(),
    )
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => {
      sent += socket.bytesWritten
      sockets.delete(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    asked,
    sentBytes: () => [...sockets].reduce((total, socket) => total + socket.bytesWritten, sent),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
