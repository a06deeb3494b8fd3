// What stands between the browser and everything it talks to: an HTTP proxy that passes requests through, or alters what one part of
// them is answered, as a hostile RPC server, gateway or indexer would. The browser is told to use it for all addresses, the loopback
// included, so no page needs to know of it. Nothing outside this machine is reached.

import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the browser asked for. */
export interface Asked {
  readonly url: URL
  readonly method: string
  /** What it sent; empty unless somebody wanted to see it. */
  readonly body: Buffer
}

export interface Tampering {
  /** Only for what this chooses; by address alone, before the body is read. */
  readonly where: (url: URL) => boolean
  /** The body that the browser gets; the same one to let it be. */
  readonly alter: (body: Buffer, asked: Asked) => Buffer
}

export interface TamperingProxy {
  readonly url: string
  /** Alters answers from now on. Returns what ends it. */
  tamper(tampering: Tampering): Untamper
  close(): Promise<void>
}

export interface Untamper {
  (): void
  /** How many answers were altered: a test that tampers with nothing shows nothing. */
  readonly altered: () => number
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])
/** Headers of one connection, not of what is passed on. */
const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding'])

export async function startProxy(): Promise<TamperingProxy> {
  const tamperings = new Set<Tampering>()
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '', 'http://no.host')
    if (!isOurs(url)) {
      // The browser looks for updates of itself, whatever it is told.
      outgoing.writeHead(403).end()
      return
    }
    const chosen = [...tamperings].filter(({ where }) => where(url))
    const passing = chosen.length === 0 ? pass(url, incoming, outgoing) : change(url, incoming, outgoing, chosen)
    // The browser sees a broken connection, as it would without a proxy.
    passing.catch(() => outgoing.destroy())
  })
  server.on('connect', (_incoming, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    tamper: (tampering) => {
      let altered = 0
      const counted: Tampering = {
        where: tampering.where,
        alter: (body, asked) => {
          const changed = tampering.alter(body, asked)
          if (!changed.equals(body)) altered++
          return changed
        },
      }
      tamperings.add(counted)
      return Object.assign(() => void tamperings.delete(counted), { altered: () => altered })
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Whether it is on this machine. */
export function isOurs({ hostname }: URL): boolean {
  return LOOPBACK.has(hostname)
}

/** As it is, and as it comes: live streams too. */
async function pass(url: URL, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const answer = await ask(url, incoming, undefined)
  outgoing.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers))
  outgoing.flushHeaders()
  answer.on('error', () => outgoing.destroy())
  outgoing.on('close', () => answer.destroy())
  answer.pipe(outgoing)
}

async function change(
  url: URL,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  tamperings: readonly Tampering[],
): Promise<void> {
  const body = await readAll(incoming)
  const answer = await ask(url, incoming, body)
  const asked: Asked = { url, method: incoming.method ?? 'GET', body }
  let altered = await readAll(answer)
  // An answer without a body is none to alter: a preflight, a 304.
  if (altered.length > 0 && asked.method !== 'OPTIONS')
    for (const { alter } of tamperings) altered = alter(altered, asked)
  const headers = { ...endToEnd(answer.headers), 'content-length': String(altered.length) }
  outgoing.writeHead(answer.statusCode ?? 502, headers)
  outgoing.end(altered)
}

/** @param body What to send; what is coming in if undefined. */
function ask(url: URL, incoming: IncomingMessage, body: Buffer | undefined): Promise<IncomingMessage> {
  const headers = endToEnd(incoming.headers)
  // What is to be altered has to be read, and read anew each time.
  if (body !== undefined)
    for (const name of ['accept-encoding', 'if-none-match', 'if-modified-since']) delete headers[name]
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { method: incoming.method ?? 'GET', headers, agent: false }, resolve)
    outgoing.on('error', reject)
    incoming.on('close', () => {
      if (!incoming.complete) outgoing.destroy()
    })
    if (body === undefined) incoming.pipe(outgoing)
    else outgoing.end(body)
  })
}

function endToEnd(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, value]],
    ),
  )
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
