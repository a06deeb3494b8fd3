// @testonly A fetcher, a blob and hostile sources around it, wired for tests: virtual time limits, real sockets, a small tree profile.

import type { SourceRole } from '@tessera/protocol/blobSource'
import type { Hex } from '@tessera/protocol/hex'
import type { BlobRef } from './blobRef.ts'
import { DirectBlocks } from './directBlocks.ts'
import { HandTimer } from './handTimer.ts'
import { BEHAVIOURS, type Behaviour, startSource, type TestSource } from './hostileSource.ts'
import { importBlob } from './importer.ts'
import { MemoryBlocks } from './memoryBlocks.ts'
import { FETCH_LIMITS, type TransferLimits } from './transfer/limits.ts'
import type { BlockRequest, Transport } from './transport.ts'
import { vectorBytes } from './vectorBytes.ts'
import { type FetchOptions, VerifiedFetcher } from './verifiedFetcher.ts'

/** 5,000 bytes are 40 leaves of 128 under three levels of nodes. */
export const BENCH_PROFILE = { leafBytes: 128, maxLinks: 5 }
export const DEADLINE_MS = 60_000

/** A hand timer would end the wait for it at once. */
const NO_ENDGAME = { endgameBlocks: 0 }

export interface FetchBench {
  readonly ref: BlobRef
  readonly bytes: Uint8Array
  /** Blocks of the blob, where the sources take them from. */
  readonly origin: MemoryBlocks
  /** What has been fetched. */
  readonly shelf: MemoryBlocks
  readonly timer: HandTimer
  readonly fetcher: VerifiedFetcher
  start(...kinds: readonly (keyof typeof BEHAVIOURS | Behaviour)[]): Promise<TestSource[]>
  fetch(
    sources: readonly TestSource[],
    options?: Partial<FetchOptions> & { ref?: BlobRef; role?: SourceRole },
  ): Promise<Uint8Array>
  close(): Promise<void>
}

export async function openFetchBench(
  size = 5_000,
  limits: Partial<TransferLimits> = {},
  instantUpToMs?: number,
): Promise<FetchBench> {
  const origin = new MemoryBlocks()
  const shelf = new MemoryBlocks()
  const timer = new HandTimer(instantUpToMs)
  const bytes = vectorBytes(size, 'fetch bench')
  const put = (digest: Hex, block: Uint8Array) => origin.put(digest, block)
  const ref = await importBlob(bytes, { put, maxBytes: size, profile: BENCH_PROFILE })
  const transport = new TimedTransport(timer)
  const fetcher = new VerifiedFetcher({
    transport,
    timer,
    limits: { ...FETCH_LIMITS, ...NO_ENDGAME, ...limits },
    profile: BENCH_PROFILE,
    allowLoopback: true,
  })
  const started: TestSource[] = []
  return {
    ref,
    bytes,
    origin,
    shelf,
    timer,
    fetcher,
    start: async (...kinds) => {
      const sources = kinds.map((kind) =>
        startSource(typeof kind === 'string' ? BEHAVIOURS[kind] : kind, origin, (url, cid) =>
          transport.expire(url, cid),
        ),
      )
      const ready = await Promise.all(sources)
      started.push(...ready)
      return ready
    },
    fetch: async (sources, options = {}) => {
      const target = options.ref ?? ref
      const whole = new Uint8Array(Math.min(target.size, size))
      await fetcher.fetch(target, shelf, {
        sources: sources.map(({ url }) => ({ url, role: options.role ?? 'author' })),
        deadlineMs: DEADLINE_MS,
        maxBytes: 2 ** 30,
        onLeaf: (offset, leaf) => whole.set(leaf, offset),
        ...options,
      })
      return whole
    },
    close: async () => {
      transport.close()
      await Promise.all(started.map((source) => source.close()))
    },
  }
}

/** Remembers which time limit belongs to which request, so that a source that is stuck can let exactly its own run out. */
class TimedTransport implements Transport {
  readonly #http = new DirectBlocks({ allowLoopback: true })
  readonly #limits = new Map<string, () => void>()
  readonly #timer: HandTimer

  constructor(timer: HandTimer) {
    this.#timer = timer
  }

  fetchBlock(request: BlockRequest): Promise<Uint8Array> {
    // The fetcher starts the time limit of a request right before the request.
    this.#limits.set(`${request.source.base} ${request.cid}`, this.#timer.endLast)
    return this.#http.fetchBlock(request)
  }

  expire(url: string, cid: string): void {
    this.#limits.get(`${url} ${cid}`)?.()
  }

  close(): void {
    this.#http.close()
  }
}
