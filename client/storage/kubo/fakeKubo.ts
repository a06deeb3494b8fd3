// @testonly The RPC API of a Kubo daemon as far as this store uses it, in this process: it answers as Kubo 0.43 does, and fails as a test
// says. Where a real daemon would go looking on the network, it never answers. That it is like the real one is shown by the suite of all
// stores, which runs on both.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CarReader } from '@ipld/car/reader'
import { decode } from '@ipld/dag-cbor'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import { CID } from 'multiformats/cid'
import { DAG_PB_CODEC, digestOf } from '../blobRef.ts'
import { linksOf } from '../dagNode.ts'

export interface Exchange {
  /** Such as `block/get`. */
  readonly call: string
  readonly query: URLSearchParams
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Answers as if nothing were wrong. */
  readonly proceed: () => Promise<void>
}

export class FakeKubo {
  version: unknown = '0.43.0'
  /** The bearer token that it asks for. */
  token: string | undefined
  /** Answers in the place of the daemon, or lets it. */
  behave: (exchange: Exchange) => void | Promise<void> = ({ proceed }) => proceed()
  readonly blocks = new Map<Hex, Uint8Array>()
  /** Names of pins by CID. */
  readonly pins = new Map<string, string>()
  /** Calls, in order. */
  readonly calls: string[] = []
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => this.#refuse(response, 500, String(error)))
  })

  static async start(): Promise<FakeKubo> {
    const fake = new FakeKubo()
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve))
    return fake
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Deletes what no pin holds. */
  collectGarbage(): void {
    const held = new Set<Hex>()
    for (const cid of this.pins.keys()) this.#walk(CID.parse(cid), held)
    for (const digest of this.blocks.keys()) if (!held.has(digest)) this.blocks.delete(digest)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.url)
    const call = url.pathname.replace('/api/v0/', '')
    this.calls.push(call)
    if (request.method !== 'POST') return this.#refuse(response, 405, '405 - Method Not Allowed')
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`)
      return this.#refuse(response, 403, '403 - Forbidden')
    const query = url.searchParams
    const proceed = async () => {
      const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>))
      await this.#proceed(call, query, fileOf(body), response)
    }
    await this.behave({ call, query, request, response, proceed })
  }

  async #proceed(call: string, query: URLSearchParams, file: Uint8Array, response: ServerResponse): Promise<void> {
    const cid = query.get('arg') === null ? undefined : CID.parse(String(query.get('arg')))
    const block = cid === undefined ? undefined : this.blocks.get(digest(cid))
    const json = (value: unknown) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`)
    }
    if (call === 'version') return json({ Version: this.version })
    if (call === 'block/put') return json(this.#store(file))
    if (call === 'dag/import') {
      for await (const { bytes } of (await CarReader.fromBytes(file)).blocks()) this.#store(bytes)
      return void response.writeHead(200).end()
    }
    if (call === 'pin/ls') return this.#list(query, response)
    if (call === 'repo/gc') {
      this.collectGarbage()
      return void response.writeHead(200).end()
    }
    if (cid === undefined) return this.#refuse(response, 404, '404 page not found')
    if (call === 'block/rm') {
      this.blocks.delete(digest(cid))
      return json({ Hash: cid.toString() })
    }
    if (call === 'pin/rm') {
      if (!this.pins.delete(cid.toString())) return this.#fail(response, 'not pinned or pinned indirectly')
      return json({ Pins: [cid.toString()] })
    }
    if (call === 'pin/add') {
      const missing = this.#walk(cid)
      if (missing !== undefined) return this.#missing(query, response, missing)
      this.pins.set(cid.toString(), query.get('name') ?? '')
      return json({ Pins: [cid.toString()] })
    }
    if (block === undefined) return this.#missing(query, response, cid)
    if (call === 'block/stat') return json({ Key: cid.toString(), Size: block.length })
    response.writeHead(200, { 'content-type': 'application/vnd.ipld.raw' }).end(block)
  }

  #store(bytes: Uint8Array): { Key: string; Size: number } {
    const name = digestOf(bytes)
    this.blocks.set(name, Uint8Array.from(bytes))
    const multihash = Buffer.concat([Buffer.of(0x01, 0x55, 0x12, 0x20), Buffer.from(name.slice(2), 'hex')])
    return { Key: CID.decode(multihash).toString(), Size: bytes.length }
  }

  /** The first CID below that is not here; adds to `seen` what is. */
  #walk(cid: CID, seen = new Set<Hex>()): CID | undefined {
    const bytes = this.blocks.get(digest(cid))
    if (bytes === undefined) return cid
    seen.add(digest(cid))
    for (const child of childrenOf(cid, bytes)) {
      const missing = this.#walk(child, seen)
      if (missing !== undefined) return missing
    }
    return undefined
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    const named = [...this.pins].filter(([, name]) => name.includes(query.get('name') ?? ''))
    const lines = named.map(([Cid, Name]) => `${JSON.stringify({ Cid, Type: 'recursive', Name })}\n`)
    response.writeHead(200, { 'content-type': 'application/json' }).end(lines.join(''))
  }

  #missing(query: URLSearchParams, response: ServerResponse, cid: CID): void {
    if (query.get('offline') !== 'true') return
    this.#fail(response, `block was not found locally (offline): ipld: could not find ${cid}`)
  }

  #fail(response: ServerResponse, Message: string): void {
    response.writeHead(500, { 'content-type': 'application/json' })
    response.end(`${JSON.stringify({ Message, Code: 0, Type: 'error' })}\n`)
  }

  #refuse(response: ServerResponse, status: number, text: string): void {
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`)
  }
}

function digest(cid: CID): Hex {
  return bytesToHex(cid.multihash.digest)
}

function childrenOf(cid: CID, bytes: Uint8Array): CID[] {
  if (cid.code === DAG_PB_CODEC) return (linksOf(bytes) ?? []).map(({ digest, codec }) => cidV1(digest, codec))
  if (cid.code !== 0x71) return []
  return Object.values(decode<Record<string, unknown>>(bytes)).filter((value) => CID.asCID(value) !== null) as CID[]
}

function cidV1(name: Hex, codec: number): CID {
  return CID.decode(Buffer.concat([Buffer.of(0x01, codec, 0x12, 0x20), Buffer.from(name.slice(2), 'hex')]))
}

/** The one part of a form. */
function fileOf(body: Buffer): Uint8Array {
  const start = body.indexOf('\r\n\r\n')
  const boundary = body.subarray(0, body.indexOf('\r\n'))
  const end = body.lastIndexOf(Buffer.concat([Buffer.from('\r\n'), boundary]))
  return start < 0 ? body : body.subarray(start + 4, end < start ? body.length : end)
}
