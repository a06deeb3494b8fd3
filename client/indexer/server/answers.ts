// The bodies of answers: asked, encoded by the route's schema, and kept as long as nothing changes, so that a crowd of readers costs
// one query a block. An answer that does not fit its schema is never sent.

import { TesseraError } from '@tessera/protocol/errors'
import * as z from 'zod/mini'
import { type Answer, type RouteName, routes } from '../api/routes.ts'
import { compress, type Encoding } from './compress.ts'
import type { Parsed } from './parameters.ts'

/** What answers each route. */
export type Queries = { readonly [N in RouteName]: (params: Parsed<N>) => Promise<Answer<N>> }

/** The bytes of one answer, in each encoding that somebody asked for. */
class Body {
  /** Of what the body was made from; undefined when that changed meanwhile. */
  readonly version: string | undefined
  readonly #bytes: Uint8Array
  readonly #compressed = new Map<Encoding, Promise<Uint8Array>>()

  constructor(bytes: Uint8Array, version: string | undefined) {
    this.version = version
    this.#bytes = bytes
  }

  get length(): number {
    return this.#bytes.length
  }

  in(encoding: Encoding): Promise<Uint8Array> {
    const made = this.#compressed.get(encoding) ?? compress(this.#bytes, encoding, false)
    this.#compressed.set(encoding, made)
    return made
  }
}

export interface AnswersOptions {
  readonly queries: Queries
  /** Names the present contents of the database; undefined while there are none. */
  readonly version: () => string | undefined
  /** What may be kept, bytes. */
  readonly maxBytes?: number
}

const MAX_KEPT_BYTES = 64 * 1024 * 1024
/** Of an entry, besides its bytes. */
const ENTRY_BYTES = 1_024

export class Answers {
  readonly #options: AnswersOptions
  readonly #kept = new Map<string, Promise<Body>>()
  #keptBytes = 0
  #keptVersion: string | undefined

  constructor(options: AnswersOptions) {
    this.#options = options
  }

  /**
   * @param key names route and parameters.
   * @throws what the query throws; `indexer/misshapen-answer`, a defect
   */
  get<N extends RouteName>(name: N, params: Parsed<N>, key: string): Promise<Body> {
    const version = this.#options.version()
    if (version !== this.#keptVersion) this.#forget(version)
    // How the indexer fares changes without a block.
    if (version === undefined || name === 'status') return this.#make(name, params, undefined)
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    const made = this.#make(name, params, version)
    this.#kept.set(key, made)
    this.#account(key, made)
    return made
  }

  /** Counts what is kept once it is there; drops what failed, what is stale, and what is too much. */
  #account(key: string, made: Promise<Body>): void {
    const { maxBytes = MAX_KEPT_BYTES } = this.#options
    made.then(
      ({ version, length }) => {
        if (this.#kept.get(key) !== made) return
        const bytes = length + ENTRY_BYTES
        if (version === undefined || this.#keptBytes + bytes > maxBytes) this.#kept.delete(key)
        else this.#keptBytes += bytes
      },
      () => {
        // The error is told to those who asked.
        if (this.#kept.get(key) === made) this.#kept.delete(key)
      },
    )
  }

  #forget(version: string | undefined): void {
    this.#kept.clear()
    this.#keptBytes = 0
    this.#keptVersion = version
  }

  async #make<N extends RouteName>(name: N, params: Parsed<N>, version: string | undefined): Promise<Body> {
    const answer = await this.#options.queries[name](params)
    const bytes = new TextEncoder().encode(JSON.stringify(encoded(name, answer)))
    return new Body(bytes, this.#options.version() === version ? version : undefined)
  }
}

function encoded<N extends RouteName>(name: N, answer: Answer<N>): unknown {
  const result = z.safeEncode(routes[name].answer as z.core.$ZodType, answer)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new TesseraError('indexer/misshapen-answer', `the answer of ${name} does not fit its schema`, {
    hint: 'This is a defect: please report it',
    context: { route: name, path: issue?.path.map(String).join('.'), issue: issue?.message },
  })
}
