// The transactions of this browser, across loads of the page. What is read back is checked: anybody with this origin can have
// written it.

import { decode } from '@tessera/indexer/api/decode'
import { address, choice, count, hash as hashField, hex, list, object, orNull, text } from '@tessera/indexer/api/fields'
import { type Flight, type FlightStatus, isUnderWay, mayStillCome, reloaded } from './flight.ts'

const KEY = 'tessera.transactions'
const MAX_CHARACTERS = 1_000_000
/** Older ones are forgotten, those under way last. */
const MAX_KEPT = 20

const KINDS = [
  'asking',
  'rejected',
  'failed',
  'unknown',
  'pending',
  'late',
  'lost',
  'included',
  'reverted',
  'replaced',
] as const
const stored = list(
  object({
    ...{
      id: text,
      chainId: count,
      genesisHash: hashField,
      from: address,
      title: text,
      call: text,
      to: address,
      data: hex,
    },
    ...{ askedAt: count, hash: orNull(hashField), nonce: orNull(count), passed: count, kind: choice(KINDS) },
    ...{ words: orNull(text), block: orNull(count), blockHash: orNull(hashField), confirmations: orNull(count) },
  }),
)

/** As local storage does. */
export interface Shelf {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

export class FlightStore {
  readonly #shelf: Shelf | undefined
  readonly #listeners = new Set<() => void>()
  #flights: readonly Flight[]

  /** @param shelf Undefined where the browser stores nothing: then they last as long as the page. */
  constructor(shelf: Shelf | undefined) {
    this.#shelf = shelf
    this.#flights = read(shelf).map(reloaded)
  }

  /** The newest first. */
  get flights(): readonly Flight[] {
    return this.#flights
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** One that would do the same and may still come. */
  twinOf({ chainId, genesisHash, from, to, data }: Flight): Flight | undefined {
    return this.#flights.find(
      (flight) =>
        mayStillCome(flight) &&
        flight.chainId === chainId &&
        flight.genesisHash === genesisHash &&
        flight.from === from &&
        flight.to === to &&
        flight.data === data,
    )
  }

  /** Adds it, or puts it in the place of the one with its id. */
  put(flight: Flight): void {
    const others = this.#flights.filter(({ id }) => id !== flight.id)
    const before = this.#flights.findIndex(({ id }) => id === flight.id)
    this.#keep(before < 0 ? [flight, ...others] : others.toSpliced(before, 0, flight))
  }

  forget(id: string): void {
    this.#keep(this.#flights.filter((flight) => flight.id !== id))
  }

  #keep(flights: readonly Flight[]): void {
    const old = flights.slice(MAX_KEPT).filter(isUnderWay)
    this.#flights = [...flights.slice(0, MAX_KEPT), ...old]
    try {
      this.#shelf?.setItem(KEY, JSON.stringify(this.#flights.map(toStored)))
    } catch {
      // Full or forbidden: they last as long as the page.
    }
    for (const listener of this.#listeners) listener()
  }
}

export function hasStored(shelf: Shelf | undefined): boolean {
  return read(shelf).some(isUnderWay)
}

/** Local storage, where the browser has it. */
export function localShelf(): Shelf | undefined {
  try {
    return localStorage
  } catch {
    return undefined
  }
}

function toStored({ status, hash, nonce, ...flight }: Flight): unknown {
  const { kind } = status
  const words = kind === 'failed' ? status.message : kind === 'reverted' ? status.reason : null
  const { block, blockHash } = kind === 'included' || kind === 'reverted' ? status : { block: null, blockHash: null }
  const confirmations = kind === 'included' ? status.confirmations : null
  return {
    ...flight,
    hash: hash ?? null,
    nonce: nonce ?? null,
    kind,
    words: words ?? null,
    block,
    blockHash,
    confirmations,
  }
}

function read(shelf: Shelf | undefined): readonly Flight[] {
  try {
    const written = shelf?.getItem(KEY) ?? '[]'
    if (written.length > MAX_CHARACTERS) return []
    return decode(stored, JSON.parse(written)).map((entry) => {
      const { kind, words, block, blockHash, confirmations, ...flight } = entry
      const status = statusOf(kind, { words, block, blockHash, confirmations })
      return { ...flight, hash: flight.hash ?? undefined, nonce: flight.nonce ?? undefined, status }
    })
  } catch {
    // Not ours, or of another version: forgotten.
    return []
  }
}

type Stored = ReturnType<typeof decode<typeof stored>>[number]

function statusOf(
  kind: Stored['kind'],
  { words, block, blockHash, confirmations }: Pick<Stored, 'words' | 'block' | 'blockHash' | 'confirmations'>,
): FlightStatus {
  if (kind === 'failed') return { kind, message: words ?? '' }
  if (kind !== 'included' && kind !== 'reverted') return { kind }
  // A block that was not written is looked for again.
  if (block === null || blockHash === null) return { kind: 'pending' }
  return kind === 'included'
    ? { kind, block, blockHash, confirmations: confirmations ?? 0 }
    : { kind, block, blockHash, reason: words ?? undefined }
}
