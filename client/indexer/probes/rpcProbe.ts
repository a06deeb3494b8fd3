// How the RPC server fares: asked for its newest block now and then, apart from following the chain, so that a slow or failing server
// is seen as such.

import type { Clock } from '@tessera/agent/clock'
import { getHead, type HasClient } from '@tessera/chain/rpc'
import { isTesseraError } from '@tessera/protocol/errors'
import type { Status } from '../queries/status.ts'

export class RpcProbe {
  readonly #chain: HasClient
  readonly #clock: Clock
  #head: Status['head'] = null
  #rpc: Status['rpc'] = { ok: false, latencyMs: null, error: null, checkedAt: null }

  constructor(options: { readonly chain: HasClient; readonly clock: Clock }) {
    this.#chain = options.chain
    this.#clock = options.clock
  }

  /** The newest block that it told of, also when it fails now. */
  get head(): Status['head'] {
    return this.#head
  }

  get rpc(): Status['rpc'] {
    return this.#rpc
  }

  /** Never rejects, but when it is told to stop: a failure is what it is there to find. */
  async probe(signal: AbortSignal): Promise<void> {
    const startedAt = this.#clock.now()
    const checked = () => ({ latencyMs: this.#clock.now() - startedAt, checkedAt: Math.floor(startedAt / 1_000) })
    try {
      const { number, hash, timestamp } = await getHead(this.#chain, signal)
      this.#head = { number: Number(number), hash, timestamp: Number(timestamp) }
      this.#rpc = { ok: true, error: null, ...checked() }
    } catch (error) {
      signal.throwIfAborted()
      this.#rpc = { ok: false, error: isTesseraError(error) ? error.code : 'internal/unexpected', ...checked() }
    }
  }
}
