// Fetches blocks over connections of its own (blockConnection.ts), which it keeps, and by Node's HTTP from sources that answer in another
// form than gateways of IPFS do. Same promises and errors as httpBlocks.ts, and the same guard on addresses.

import type { LookupFunction } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { guardedLookup } from './addressGuard.ts'
import type { DirectHead } from './answerHead.ts'
import { BlockConnection, UnknownForm } from './blockConnection.ts'
import { abortFault } from './fault.ts'
import { HttpBlocks, type HttpBlocksOptions } from './httpBlocks.ts'
import {
  type BlockRequest,
  blockUrl,
  checkEncoding,
  checkStatus,
  connectionFault,
  RAW_TYPE,
  type Transport,
  tooLong,
} from './transport.ts'

export interface DirectBlocksOptions extends HttpBlocksOptions {
  /** For tests: how to know the other side. */
  readonly tls?: ConnectionOptions
}

/** Idle connections kept to one source, and to all. */
const MAX_IDLE = 16
const MAX_IDLE_IN_ALL = 128
/** Sources remembered that answer in another form. */
const MAX_OTHERS = 1_024
/** A refusal longer than this is not read: the connection is closed. */
const MAX_REFUSAL_BYTES = 4_096

export class DirectBlocks implements Transport {
  readonly #http: HttpBlocks
  readonly #lookup: LookupFunction
  readonly #tls: ConnectionOptions | undefined
  /** By origin; the one that was used last comes last. */
  readonly #idle = new Map<string, BlockConnection[]>()
  readonly #others = new Set<string>()

  constructor(options: DirectBlocksOptions) {
    this.#http = new HttpBlocks(options)
    this.#lookup = guardedLookup(options.allowLoopback, options.resolve)
    this.#tls = options.tls
  }

  async fetchBlock(request: BlockRequest): Promise<Uint8Array> {
    const { source } = request
    if (this.#others.has(source.base)) return this.#http.fetchBlock(request)
    try {
      return await this.#fetch(request)
    } catch (error) {
      if (!(error instanceof UnknownForm)) throw error
      if (this.#others.size < MAX_OTHERS) this.#others.add(source.base)
      return this.#http.fetchBlock(request)
    }
  }

  fetchHoldings(request: BlockRequest): Promise<Uint8Array | undefined> {
    return this.#http.fetchHoldings(request)
  }

  close(): void {
    this.#http.close()
    for (const connections of this.#idle.values())
      for (const connection of connections) connection.destroy(new Error('closed'))
    this.#idle.clear()
  }

  async #fetch(request: BlockRequest): Promise<Uint8Array> {
    const url = blockUrl(request)
    const kept = this.#take(url.origin)
    if (kept !== undefined) {
      try {
        return await this.#ask(kept, url, request)
      } catch (error) {
        // The other side may have ended it just now, while it was idle.
        if (request.signal.aborted || !kept.isUnheard) throw error
      }
    }
    const fresh = new BlockConnection({ url, lookup: this.#lookup, tls: this.#tls })
    return this.#ask(fresh, url, request)
  }

  async #ask(connection: BlockConnection, url: URL, request: BlockRequest): Promise<Uint8Array> {
    const { source, signal, onBytes } = request
    const answer = new Answer(request)
    const onAbort = () => connection.destroy(abortFault(signal))
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      if (signal.aborted) onAbort()
      signal.throwIfAborted()
      await connection.ask(url, RAW_TYPE, { begin: (head) => answer.begin(head), came: (bytes) => onBytes?.(bytes) })
      this.#give(url.origin, connection)
      return answer.bytes()
    } catch (error) {
      if (error instanceof UnknownForm) throw error
      throw signal.aborted ? abortFault(signal) : connectionFault(error, source)
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  #take(origin: string): BlockConnection | undefined {
    const connections = this.#idle.get(origin) ?? []
    let last = connections.pop()
    while (last !== undefined && !last.isUsable) last = connections.pop()
    if (connections.length === 0) this.#idle.delete(origin)
    return last
  }

  #give(origin: string, connection: BlockConnection): void {
    if (!connection.isUsable) return
    const connections = this.#idle.get(origin) ?? []
    this.#idle.delete(origin)
    this.#idle.set(origin, [...connections, connection])
    if (connections.length >= MAX_IDLE) this.#drop(origin)
    const [longest] = this.#idle.keys()
    const all = this.#idle.values().reduce((sum, { length }) => sum + length, 0)
    if (all > MAX_IDLE_IN_ALL && longest !== undefined) this.#drop(longest)
  }

  /** The connection to `origin` that was used least recently. */
  #drop(origin: string): void {
    const [oldest, ...others] = this.#idle.get(origin) ?? []
    oldest?.destroy(new Error('too many are idle'))
    if (others.length > 0) this.#idle.set(origin, others)
    else this.#idle.delete(origin)
  }
}

/** One answer: a block, or a refusal whose few words are read so that the connection can be kept. */
class Answer {
  readonly #request: BlockRequest
  #refusal: unknown
  #body: Uint8Array = new Uint8Array()

  constructor(request: BlockRequest) {
    this.#request = request
  }

  begin(head: DirectHead): Uint8Array | undefined {
    const { source, maxBytes, memory = newMemory } = this.#request
    const { bodyBytes } = head
    try {
      checkStatus(head, source)
    } catch (error) {
      if (bodyBytes === undefined || bodyBytes > MAX_REFUSAL_BYTES) throw error
      this.#refusal = error
      return undefined
    }
    checkEncoding(head, source)
    if (bodyBytes === undefined) throw new UnknownForm('the length is not stated')
    if (bodyBytes > maxBytes) throw tooLong(source, maxBytes)
    this.#body = memory(bodyBytes)
    return this.#body
  }

  bytes(): Uint8Array {
    if (this.#refusal !== undefined) throw this.#refusal
    return this.#body
  }
}

function newMemory(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length)
}
