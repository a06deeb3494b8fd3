// Whether the gateways that operators announced can be reached, and how fast. Their URLs come from the chain, so from strangers: what
// leads into a private network is not asked, and each question is small and short.

import type { Clock } from '@tessera/agent/clock'
import { isTesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { cidOfBlock, digestOf, RAW_CODEC } from '@tessera/storage/blobRef'
import { parseSource, type SourceRules } from '@tessera/storage/source'
import { startSpan, type Timer } from '@tessera/storage/timer'
import type { Transport } from '@tessera/storage/transport'
import type { Status } from '../queries/status.ts'

export interface Gateway {
  readonly url: string
  /** Null for a gateway that the program was told of. */
  readonly operator: Hex | null
}

export interface GatewayProbeOptions extends SourceRules {
  readonly transport: Transport
  readonly clock: Clock
  readonly timer: Timer
}

type Checked = Status['gateways'][number]

/** Asked in one round of probes; a run has 64 miners and 64 validators at most, and most share a gateway with nobody. */
const MAX_GATEWAYS = 128
const AT_A_TIME = 8
const TIMEOUT_MS = 5_000
/** The empty block: every gateway knows what it would be, none has to have it. */
const EMPTY_CID = cidOfBlock(digestOf(new Uint8Array()), RAW_CODEC).toString()
const MAX_BYTES = 1_024

export class GatewayProbe {
  readonly #options: GatewayProbeOptions
  #checked: readonly Checked[] = []

  constructor(options: GatewayProbeOptions) {
    this.#options = options
  }

  /** As of the last round of probes. */
  get checked(): readonly Checked[] {
    return this.#checked
  }

  /** Asks each once. Rejects only when it is told to stop. */
  async probe(gateways: readonly Gateway[], signal: AbortSignal): Promise<void> {
    const wanted = gateways.slice(0, MAX_GATEWAYS)
    const checked = new Map<number, Checked>()
    const left = wanted.entries()
    // The lanes share one iterator: each takes the next that no other has taken.
    const lane = async (): Promise<void> => {
      for (const [at, gateway] of left) checked.set(at, await this.#check(gateway, signal))
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, lane))
    this.#checked = wanted.flatMap((_, at) => checked.get(at) ?? [])
  }

  async #check({ url, operator }: Gateway, signal: AbortSignal): Promise<Checked> {
    const { transport, clock, timer, allowLoopback } = this.#options
    const startedAt = clock.now()
    const about = { url, operator, checkedAt: Math.floor(startedAt / 1_000) }
    const span = startSpan(timer, TIMEOUT_MS, () => undefined, signal)
    try {
      const source = parseSource(url, { allowLoopback })
      await transport.fetchBlock({ source, cid: EMPTY_CID, maxBytes: MAX_BYTES, signal: span.signal })
    } catch (error) {
      signal.throwIfAborted()
      const code = isTesseraError(error) ? error.code : 'internal/unexpected'
      const failed = span.signal.aborted ? 'storage/timeout' : code
      // That it has not got the block is an answer.
      if (failed !== 'storage/not-found') return { ...about, ok: false, latencyMs: null, error: failed }
    } finally {
      span.close()
    }
    return { ...about, ok: true, latencyMs: clock.now() - startedAt, error: null }
  }
}
