// What an agent is doing now, for `tessera status`, the dashboard and a person with curl: the latest values by key and the last rounds.
// In memory only and not a log; numbers over time are metrics.ts.

import { type Clock, systemClock } from './clock.ts'
import type { Handler } from './httpServer.ts'

type Values = Readonly<Record<string, unknown>>

export interface StatusSnapshot {
  /** When the board was made and when it last changed, milliseconds since the epoch. */
  readonly startedAt: number
  readonly updatedAt: number
  readonly values: Values
  /** Oldest first. */
  readonly rounds: readonly Values[]
}

const ROUNDS = 64

export class Status {
  readonly #clock: Clock
  readonly #limit: number
  readonly #startedAt: number
  readonly #values = new Map<string, unknown>()
  readonly #rounds: Values[] = []
  #updatedAt: number

  constructor(options: { readonly rounds?: number; readonly clock?: Clock } = {}) {
    this.#clock = options.clock ?? systemClock
    this.#limit = options.rounds ?? ROUNDS
    this.#startedAt = this.#clock.now()
    this.#updatedAt = this.#startedAt
  }

  /** Sets the latest values; undefined takes one away. */
  set(values: Values): void {
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) this.#values.delete(key)
      else this.#values.set(key, value)
    }
    this.#updatedAt = this.#clock.now()
  }

  /** Adds a finished round; the oldest falls out. */
  round(record: Values): void {
    this.#rounds.push(record)
    if (this.#rounds.length > this.#limit) this.#rounds.shift()
    this.#updatedAt = this.#clock.now()
  }

  snapshot(): StatusSnapshot {
    return {
      startedAt: this.#startedAt,
      updatedAt: this.#updatedAt,
      values: Object.fromEntries(this.#values),
      rounds: [...this.#rounds],
    }
  }

  /** Answers with the snapshot as JSON; bigints are decimal strings. */
  readonly handler: Handler = (_request, response) => {
    const body = statusJson(this.snapshot())
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    response.end(body)
  }
}

/** JSON with bigints as decimal strings, as JSON numbers lose digits beyond 2^53. */
function statusJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner))
}
