// One node of the network as a process, which bench.ts starts inside a namespace and tells what to do (lineServer.ts): our node's store,
// gateway and fetcher as they are, with their clocks stretched like the links; or a liar; or a client or the server of the bucket.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { BlobRef } from '@tessera/storage/blobRef'
import { type EmbeddedStore, openEmbeddedStore } from '@tessera/storage/embeddedStore'
import { GATEWAY_LIMITS, startGateway } from '@tessera/storage/gatewayServer'
import { systemTimer, type Timer } from '@tessera/storage/timer'
import { serveLines } from '../lineServer.ts'
import { download, serveBucket, upload } from './bucket.ts'
import { type BlobAt, type Delivered, PORT, type Usage } from './peerCalls.ts'
import { listenForProbes, ping, sendProbe } from './probe.ts'

const ROUND = 1
const MIB = 2 ** 20

let store: EmbeddedStore | undefined

function opened(): EmbeddedStore {
  if (store === undefined) throw new TypeError('this node has no store')
  return store
}

/** The machine's timer for a node that lives `dilation` times slower. */
function slowTimer(dilation: number): Timer {
  return {
    now: () => systemTimer.now() / dilation,
    sleep: (ms, signal) => systemTimer.sleep(ms * dilation, signal),
  }
}

async function open({ folder, dilation }: { readonly folder: string; readonly dilation: number }): Promise<object> {
  const timer = slowTimer(dilation)
  const mine = await openEmbeddedStore({ dir: folder, quotaBytes: 2 ** 40, allowLoopback: true, timer })
  const limits = Object.entries(GATEWAY_LIMITS).map(([name, value]) => [
    name,
    // Those that Node's server keeps by itself do not ask our timer.
    /^(headersTimeout|requestTimeout|keepAlive)Ms$/.test(name) ? value * dilation : value,
  ])
  await startGateway({
    blocks: mine.blocks,
    underWay: (root) => mine.underWay(root),
    host: '0.0.0.0',
    port: PORT,
    timer,
    limits: Object.fromEntries(limits),
  })
  store = mine
  return {}
}

async function put({ path }: { readonly path: string }): Promise<BlobRef> {
  return await opened().put(createReadStream(path, { highWaterMark: MIB }), { round: ROUND, maxBytes: 2 ** 40 })
}

/** All at once, as a node does it when a round's contributions are revealed. */
async function fetchAll({ blobs, deadlineMs }: { readonly blobs: readonly BlobAt[]; readonly deadlineMs: number }) {
  const started = performance.now()
  const delivered = blobs.map(async ({ ref, sources }): Promise<Delivered> => {
    try {
      await opened().open(ref, { sources, deadlineMs, maxBytes: ref.size, round: ROUND })
      return { seconds: (performance.now() - started) / 1000 }
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string }
      return { seconds: (performance.now() - started) / 1000, failure: code ?? message }
    }
  })
  return { delivered: await Promise.all(delivered) }
}

/** Answers every request with a block of noise, at once. */
async function lie(): Promise<object> {
  const noise = randomBytes(MIB)
  const server = createServer((_, response) => {
    response.setHeader('content-length', noise.length).end(noise)
  })
  server.listen(PORT, '0.0.0.0')
  await once(server, 'listening')
  return {}
}

interface AllGather {
  readonly host: string
  readonly own: { readonly name: string; readonly path: string }
  readonly others: readonly { readonly name: string; readonly size: number }[]
  readonly folder: string
}

/** Upload and downloads begin together; a download waits until its object is whole. */
async function allGather({ host, own, others, folder }: AllGather): Promise<{ delivered: readonly Delivered[] }> {
  await mkdir(folder, { recursive: true })
  const started = performance.now()
  const uploaded = upload(host, own.name, own.path)
  const delivered = others.map(async ({ name, size }): Promise<Delivered> => {
    await download(host, name, size, join(folder, name))
    return { seconds: (performance.now() - started) / 1000 }
  })
  const all = await Promise.all(delivered)
  await uploaded
  return { delivered: all }
}

function usage(): Usage {
  // Not what getrusage says: that has the peak of the process which started this one.
  const status = readFileSync('/proc/self/status', 'utf8')
  return { peakBytes: 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) }
}

await serveLines({
  open,
  put,
  fetch: fetchAll,
  lie,
  bucket: async ({ folder }: { readonly folder: string }) => {
    await serveBucket(folder)
    return {}
  },
  allGather,
  listen: async () => {
    await listenForProbes()
    return {}
  },
  probe: async (of: { readonly host: string; readonly bytes: number; readonly connections: number }) => ({
    seconds: await sendProbe(of.host, of.bytes, of.connections),
  }),
  ping: async ({ host, count }: { readonly host: string; readonly count: number }) => ({
    times: await ping(host, count),
  }),
  usage: async () => usage(),
})
// The servers would keep it alive; whoever started it has gone or has no more to ask.
process.exit()
