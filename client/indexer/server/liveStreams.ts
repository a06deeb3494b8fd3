// The live streams: server-sent events to whoever listens, each with a place in a bounded crowd. A reader that does not keep up is
// dropped: it comes back by itself and starts from the present block. Has no timer: whoever owns it calls `beat`.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import * as z from 'zod/mini'
import { live } from '../api/status.ts'

export type Live = z.output<typeof live>

export interface LiveOptions {
  readonly maxStreams: number
  /** Blocks, and heartbeats, that may wait for one reader. */
  readonly maxWaiting: number
}

const LIVE_LIMITS: LiveOptions = { maxStreams: 128, maxWaiting: 32 }
/** Proxies cut connections that are silent for a minute. */
export const HEARTBEAT_MS = 15_000
/** Of one event: a block that touched more accounts is told in several. */
const ACCOUNTS_OF_AN_EVENT = 500
/** How soon a browser comes back, milliseconds. */
const RETRY_MS = 2_000

interface Reader {
  readonly controller: ReadableStreamDefaultController<Uint8Array>
  readonly onDrop: () => void
}

export class LiveStreams {
  readonly #options: LiveOptions
  readonly #readers = new Set<Reader>()
  readonly #encoder = new TextEncoder()
  #block: Live['block'] | undefined
  #dropped = 0

  constructor(options: LiveOptions = LIVE_LIMITS) {
    this.#options = options
  }

  get count(): number {
    return this.#readers.size
  }

  /** Readers that were too slow, ever. */
  get dropped(): number {
    return this.#dropped
  }

  /**
   * A new stream; its first event names the present block, as soon as there is one.
   * @param onDrop ends the connection when its reader is too slow.
   * @throws `indexer/too-many-streams`
   */
  open(onDrop: () => void): ReadableStream<Uint8Array> {
    const { maxStreams, maxWaiting } = this.#options
    if (this.#readers.size >= maxStreams)
      throw new TesseraError('indexer/too-many-streams', `${maxStreams} streams are open`, {
        retryable: true,
        hint: 'Ask the routes now and then instead, or try again later',
      })
    let reader: Reader | undefined
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          reader = { controller, onDrop }
          this.#readers.add(reader)
          this.#send(reader, this.#encoder.encode(`retry: ${RETRY_MS}\n\n`))
          if (this.#block !== undefined) this.#send(reader, this.#encoder.encode(eventText(nothingOf(this.#block))))
        },
        cancel: () => {
          if (reader !== undefined) this.#readers.delete(reader)
        },
      },
      new CountQueuingStrategy({ highWaterMark: maxWaiting }),
    )
  }

  /** Tells everyone. */
  tell(event: Live): void {
    this.#block = event.block
    const { accounts } = event
    let text = ''
    for (let at = 0; at === 0 || at < accounts.length; at += ACCOUNTS_OF_AN_EVENT)
      text += eventText({ ...event, accounts: accounts.slice(at, at + ACCOUNTS_OF_AN_EVENT) })
    const bytes = this.#encoder.encode(text)
    for (const reader of this.#readers) this.#send(reader, bytes)
  }

  /** The observer found something new about a run; nothing before the first block. */
  tellObserved(run: number): void {
    if (this.#block !== undefined) this.tell({ ...nothingOf(this.#block), observed: [run] })
  }

  /** Keeps the connections open, and finds those that are dead. */
  beat(): void {
    const comment = this.#encoder.encode(':\n\n')
    for (const reader of this.#readers) this.#send(reader, comment)
  }

  /** Ends all streams. */
  close(): void {
    for (const reader of this.#readers) this.#end(reader)
  }

  #send(reader: Reader, bytes: Uint8Array): void {
    if ((reader.controller.desiredSize ?? 0) > 0) {
      reader.controller.enqueue(bytes)
      return
    }
    this.#dropped++
    // Before the stream's end, so that the end is not waited for.
    reader.onDrop()
    this.#end(reader)
  }

  #end(reader: Reader): void {
    if (this.#readers.delete(reader)) reader.controller.close()
  }
}

function eventText(event: Live): string {
  return `event: live\ndata: ${JSON.stringify(z.encode(live, event))}\n\n`
}

function nothingOf(block: Live['block']): Live {
  return { block, runs: [], accounts: [] as Hex[], reorg: false, observed: [] }
}
