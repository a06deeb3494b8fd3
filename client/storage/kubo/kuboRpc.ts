// A Kubo daemon as this store uses it: blocks by digest, pins, one import. Every call has a time limit and an error of ours; nothing here
// knows of blobs or rounds. The RPC API is the operator's own: it may be on loopback, and what it returns is checked but not distrusted.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { create, type KuboRPCClient } from 'kubo-rpc-client'
import { CID } from 'multiformats/cid'
import { cidOfBlock, RAW_CODEC } from '../blobRef.ts'
import { MAX_BLOCK_BYTES } from '../dagShape.ts'
import { startSpan, type Timer } from '../timer.ts'
import { badAnswer, callFault, saysMissing, timedOut } from './kuboFault.ts'
import { RpcStream } from './rpcStream.ts'

export interface KuboOptions {
  /** Of the RPC API, such as `http://127.0.0.1:5001`. */
  readonly url: string
  /** Sent as a bearer token. */
  readonly token?: string | undefined
}

/** The first with profile `unixfs-v1-2025`, and with blocks of 2 MiB. */
const OLDEST = [0, 40] as const

/** One block, one pin, one look. */
export const CALL_MS = 30_000
/** What reads or writes whole blobs may take that much longer for each MiB: a daemon on a slow disk still does 2 MiB/s. */
const MS_PER_MIB = 500
/** Walks all pins and lists all blocks. */
const GC_MS = 10 * 60_000

/** dag-json, of which there are no blobs. */
const UNUSED_CODEC = 0x0129

/** The daemon is asked for what it has, and never goes looking for it. */
const OFFLINE = { offline: true } as const

export class KuboRpc {
  readonly #client: KuboRPCClient
  readonly #stream: RpcStream
  readonly #timer: Timer

  /** Connects to nothing yet. @throws `kubo/bad-url` */
  constructor({ url, token }: KuboOptions, timer: Timer) {
    const base = apiBase(url)
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    this.#client = create({ url: base, headers })
    this.#stream = new RpcStream(base, headers)
    this.#timer = timer
  }

  /** @throws `kubo/too-old`, and as every call: `kubo/unreachable`, `unauthorized`, `http`, `timeout`, `bad-answer` */
  async checkVersion(): Promise<void> {
    const { version } = await this.#call('version', CALL_MS, undefined, (signal) => this.#client.version({ signal }))
    const [major, minor] = /^(\d+)\.(\d+)\./.exec(String(version))?.slice(1).map(Number) ?? []
    if (major === undefined || minor === undefined) throw badAnswer('version')
    if (major > OLDEST[0] || minor >= OLDEST[1]) return
    throw new TesseraError('kubo/too-old', `the Kubo daemon is ${version}`, {
      hint: `Install Kubo ${OLDEST.join('.')} or newer, best the newest`,
      context: { version },
    })
  }

  /** Undefined when the daemon does not have it. The hash is not checked. */
  async get(digest: Hex): Promise<Uint8Array | undefined> {
    const query = { arg: rawCid(digest).toString(), offline: 'true' }
    return await orMissing(
      this.#call('block/get', CALL_MS, undefined, (signal) =>
        this.#stream.post({ call: 'block/get', query, maxBytes: MAX_BLOCK_BYTES, signal }),
      ),
    )
  }

  async sizeOf(digest: Hex): Promise<number | undefined> {
    const stat = await orMissing(
      this.#call('block/stat', CALL_MS, undefined, (signal) =>
        this.#client.block.stat(rawCid(digest), { signal, ...OFFLINE } as { signal: AbortSignal }),
      ),
    )
    return stat?.size
  }

  async put(digest: Hex, bytes: Uint8Array): Promise<void> {
    const options = { format: 'raw', mhtype: 'sha2-256', version: 1 } as const
    const cid = await this.#call('block/put', CALL_MS, undefined, (signal) =>
      this.#client.block.put(bytes, { ...options, signal }),
    )
    if (!cid.equals(rawCid(digest))) throw rootMismatch(rawCid(digest), String(cid))
  }

  /**
   * Removes bytes that are not those of `digest`, whoever has pinned that: they are of no use to anyone. Where the daemon cannot, as when
   * it stumbles over them on its own way through its pins, it says so and they stay.
   * @returns whether they are gone
   */
  async removeDamaged(digest: Hex): Promise<boolean> {
    // Kubo refuses to remove what is pinned under the CID that it is given, and removes by multihash: under a codec that nobody pins.
    const cid = CID.createV1(UNUSED_CODEC, rawCid(digest).multihash)
    return await this.#call('block/rm', CALL_MS, undefined, async (signal) => {
      for await (const { error } of this.#client.block.rm(cid, { force: true, signal })) if (error) return false
      return true
    })
  }

  /** The blocks of a CAR, unpinned. `bytes`: about how many. */
  async importCar(car: AsyncIterable<Uint8Array>, bytes: number, signal: AbortSignal): Promise<void> {
    const query = { 'pin-roots': 'false', stats: 'false' }
    await this.#call('dag/import', limitFor(bytes), signal, (limit) =>
      this.#stream.post({ call: 'dag/import', query, file: car, maxBytes: 2 ** 20, signal: limit }),
    )
  }

  /** Pins all that is below `cid`; false when some of it is not here. `bytes`: about how many are below. */
  async pin(cid: CID, name: string, bytes: number, signal: AbortSignal): Promise<boolean> {
    const pinned = await orMissing(
      this.#call('pin/add', limitFor(bytes), signal, (limit) =>
        this.#client.pin.add(cid, { name, signal: limit, ...OFFLINE } as { name: string; signal: AbortSignal }),
      ),
    )
    if (pinned === undefined) return false
    if (!pinned.equals(cid)) throw rootMismatch(cid, String(pinned))
    return true
  }

  /** Does nothing when there is no such pin. */
  async unpin(cid: CID): Promise<void> {
    await this.#call('pin/rm', CALL_MS, undefined, (signal) => this.#client.pin.rm(cid, { signal })).catch(
      (error: TesseraError) => {
        if (!/not pinned/.test(String(error.context.message))) throw error
      },
    )
  }

  /** Roots that are pinned under exactly this name. */
  async pinned(name: string): Promise<CID[]> {
    return await this.#call('pin/ls', GC_MS, undefined, async (signal) => {
      const found: CID[] = []
      // The daemon finds the name anywhere in a pin's own.
      for await (const pin of this.#client.pin.ls({ type: 'recursive', name, signal }))
        if (pin.name === name) found.push(CID.decode(pin.cid.bytes))
      return found
    })
  }

  /** Has the daemon delete every block that nothing pins, whoever put it there. */
  async collectGarbage(signal: AbortSignal): Promise<void> {
    await this.#call('repo/gc', GC_MS, signal, async (limit) => {
      for await (const { err } of this.#client.repo.gc({ signal: limit, quiet: true })) if (err) throw err
    })
  }

  close(): void {
    this.#stream.close()
  }

  async #call<T>(
    call: string,
    ms: number,
    outer: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const span = startSpan(this.#timer, ms, () => timedOut(call, ms), outer)
    try {
      span.signal.throwIfAborted()
      return await work(span.signal)
    } catch (error) {
      throw callFault(error, call, span.signal)
    } finally {
      span.close()
    }
  }
}

function apiBase(text: string): URL {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.search !== '' || url.hash !== '')
    throw new TesseraError('kubo/bad-url', 'not the URL of an RPC API', {
      hint: 'Give scheme, host and port, such as http://127.0.0.1:5001',
      context: { url: text.slice(0, 200) },
    })
  return new URL(`${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/api\/v0$/, '')}/api/v0`)
}

/** Kubo keeps blocks by multihash: any codec finds them. */
function rawCid(digest: Hex): CID {
  return cidOfBlock(digest, RAW_CODEC)
}

function limitFor(bytes: number): number {
  return CALL_MS + Math.ceil(bytes / 2 ** 20) * MS_PER_MIB
}

async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof TesseraError && saysMissing(error)) return undefined
    throw error
  }
}

function rootMismatch(expected: CID, actual: string): TesseraError {
  return new TesseraError('kubo/root-mismatch', `the Kubo daemon has ${actual} where it was given ${expected}`, {
    hint: 'Another version, or a proxy that rewrites requests: its answers cannot be relied on',
    context: { expected: expected.toString(), actual },
  })
}
