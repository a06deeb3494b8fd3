// The reference's way: a bucket somewhere with all the bandwidth that one could ask for, into which everybody puts the whole blob and
// out of which everybody takes those of all others. Plain HTTP, nothing is checked. Server and client; both run inside a node.

import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, stat } from 'node:fs/promises'
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

const PORT = 4_003
/** One flow alone does not fill a link that loses packets: parts of an object move side by side, as such clients do it. */
const UPLOAD_PARTS = 8
const DOWNLOAD_PARTS = 4

interface Part {
  readonly from: number
  readonly bytes: number
}

function partsOf(size: number, count: number): Part[] {
  const length = Math.ceil(size / count)
  const starts = Array.from({ length: count }, (_, part) => part * length).filter((from) => from < size)
  return starts.map((from) => ({ from, bytes: Math.min(length, size - from) }))
}

/** An object is there once all its bytes are; whoever asks before waits, so nobody loses time by asking again and again. */
export async function serveBucket(folder: string): Promise<Server> {
  await mkdir(folder, { recursive: true })
  const objects = new Map<string, { missing: number; readonly complete: PromiseWithResolvers<void> }>()
  const objectOf = (name: string) => {
    const known = objects.get(name) ?? { missing: Number.NaN, complete: Promise.withResolvers<void>() }
    objects.set(name, known)
    return known
  }
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url = '' } = incoming
    const { pathname, searchParams } = new URL(url, 'http://bucket')
    const path = join(folder, pathname.replaceAll('/', ''))
    const from = Number(searchParams.get('from'))
    const bytes = Number(searchParams.get('bytes'))
    const object = objectOf(pathname)
    if (method === 'PUT') {
      await (await open(path, 'a')).close()
      await pipeline(incoming, createWriteStream(path, { flags: 'r+', start: from }))
      object.missing = (Number.isNaN(object.missing) ? Number(searchParams.get('size')) : object.missing) - bytes
      if (object.missing === 0) object.complete.resolve()
      response.end()
    } else {
      await object.complete.promise
      response.setHeader('content-length', bytes)
      await pipeline(createReadStream(path, { start: from, end: from + bytes - 1 }), response)
    }
  }
  // A server without limits: none of time either, which the stretched network would run into.
  const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 }, (incoming, response) => {
    answer(incoming, response).catch(() => response.destroy())
  })
  // All parts of all objects are asked for at once.
  server.listen({ port: PORT, host: '0.0.0.0', backlog: 4_096 })
  await once(server, 'listening')
  return server
}

export async function upload(host: string, name: string, path: string): Promise<void> {
  const { size } = await stat(path)
  const agent = new Agent({ keepAlive: true })
  const put = async ({ from, bytes }: Part): Promise<void> => {
    const query = `from=${from}&bytes=${bytes}&size=${size}`
    const outgoing = request({ host, port: PORT, method: 'PUT', path: `/${name}?${query}`, agent })
    outgoing.setHeader('content-length', bytes)
    const [[response]] = (await Promise.all([
      once(outgoing, 'response'),
      pipeline(createReadStream(path, { start: from, end: from + bytes - 1 }), outgoing),
    ])) as [[IncomingMessage], undefined]
    response.resume()
    await once(response, 'end')
  }
  await Promise.all(partsOf(size, UPLOAD_PARTS).map(put))
  agent.destroy()
}

/** Into `path`, once the whole object is in the bucket. */
export async function download(host: string, name: string, size: number, path: string): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  await (await open(path, 'w')).close()
  const get = async ({ from, bytes }: Part): Promise<void> => {
    const outgoing = request({ host, port: PORT, path: `/${name}?from=${from}&bytes=${bytes}`, agent }).end()
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    await pipeline(response, createWriteStream(path, { flags: 'r+', start: from }))
  }
  await Promise.all(partsOf(size, DOWNLOAD_PARTS).map(get))
  const { size: arrived } = await stat(path)
  if (arrived !== size) throw new Error(`${arrived} of ${size} bytes of ${name} arrived`)
  agent.destroy()
}
