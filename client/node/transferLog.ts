// Says how a long transfer goes on, now and then; a short one is not worth a line.

import type { Clock } from '@tessera/agent/clock'
import type { Logger } from '@tessera/agent/logger'
import type { FetchProgress } from '@tessera/storage/verifiedFetcher'

const EVERY_MS = 10_000
/** Transfers that are remembered; those that failed are among them. */
const REMEMBERED = 256

interface Transfer {
  saidAt: number
  saidBytes: number
}

export class TransferLog {
  readonly #logger: Pick<Logger, 'info'>
  readonly #clock: Pick<Clock, 'now'>
  readonly #transfers = new Map<string, Transfer>()

  constructor(logger: Pick<Logger, 'info'>, clock: Pick<Clock, 'now'>) {
    this.#logger = logger
    this.#clock = clock
  }

  /** `about` tells this transfer from others, and goes into the line. */
  progress(about: Readonly<Record<string, unknown>>, { received, total, sources }: FetchProgress): void {
    const key = Object.values(about).join('/')
    const now = this.#clock.now()
    const known = this.#transfers.get(key)
    if (received >= total) this.#transfers.delete(key)
    else if (known === undefined || received < known.saidBytes) this.#begin(key, { saidAt: now, saidBytes: received })
    else if (now - known.saidAt >= EVERY_MS) {
      const megabytesPerSecond = (received - known.saidBytes) / (now - known.saidAt) / 1_000
      const rate = Math.round(megabytesPerSecond * 100) / 100
      this.#logger.info('fetching', { ...about, received, total, megabytesPerSecond: rate, sources })
      this.#transfers.set(key, { saidAt: now, saidBytes: received })
    }
  }

  #begin(key: string, transfer: Transfer): void {
    this.#transfers.set(key, transfer)
    const [oldest] = this.#transfers.keys()
    if (this.#transfers.size > REMEMBERED && oldest !== undefined) this.#transfers.delete(oldest)
  }
}
