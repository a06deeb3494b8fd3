// The other side of relayTarget.ts: `PUT /relay` of a node's gateway takes a blob of another operator of the run, keeps it like one's own
// and serves it. Who asks is known by a signature before a byte is read; how much of it is taken has a limit for each operator and round.
//
// DANGER: a relay sees what it is sent. Were that before the round's commits are closed, it could commit the same records as its own. So
// authors send nothing before (publishWhen.ts), and a relay refuses what comes before, which also keeps it from being accused.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import { parseTicket, type RelayTicket, type SignedTicket, signerOf } from '@tessera/chain/relayTicket'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import { type Hex, lowerHex } from '@tessera/protocol/hex'
import { slotOf } from '@tessera/protocol/runView'
import type { BlobStore } from '@tessera/storage/blobStore'
import { refuse } from '@tessera/storage/gatewayReply'
import { startSpan, type Timer } from '@tessera/storage/timer'
import { commitsClosed } from '../publishWhen.ts'
import { RelayBudget } from './relayBudget.ts'

/** Header that carries the ticket. */
export const TICKET_HEADER = 'tessera-ticket'
export const RELAY_PATH = '/relay'

export interface RelayRouteOptions {
  readonly store: BlobStore
  readonly deployment: Deployment
  readonly run: bigint
  /** The operator of this node. */
  readonly self: Hex
  /** Operators whose blobs are taken; `members`: everyone with a slot in the run. */
  readonly accepts: 'members' | ReadonlySet<Hex>
  readonly view: () => Followed | undefined
  /** Longest blob; undefined while the run's manifest is not here yet. */
  readonly maxBytes: () => number | undefined
  /** Rounds before this many are over and gone. */
  readonly keepRounds: number
  readonly timer: Timer
  readonly onEvent: (event: RelayEvent) => void
}

export type RelayEvent = { readonly kind: 'taken'; readonly ticket: RelayTicket }

/** A body has this long, and a second more for each of these bytes. */
const LEAST_MS = 30_000
const SLOWEST_BYTES_PER_SECOND = 32_768

export class RelayRoute {
  readonly #options: RelayRouteOptions
  readonly #budget = new RelayBudget()

  constructor(options: RelayRouteOptions) {
    this.#options = options
  }

  /** Answers 200 once the blob is here and will stay; anything else with a word on what is wrong. */
  readonly handler = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // What comes after a refusal is not read.
    response.setHeader('connection', 'close')
    try {
      await this.#take(request, response)
      response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-store' }).end('kept\n')
    } catch (error) {
      // The author has gone: there is nobody to answer.
      if (response.socket?.destroyed ?? true) return
      const status = isTesseraError(error) ? STATUS[error.code] : undefined
      if (status === undefined) throw error
      refuse(response, status, isTesseraError(error) ? error.message : '')
    }
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { store, timer } = this.#options
    const header = request.headers[TICKET_HEADER]
    const signed = parseTicket(typeof header === 'string' ? header : '')
    const { ticket } = signed
    const { present, limit } = this.#check(ticket)
    if (request.headers['content-length'] !== String(ticket.size)) throw refused('relay/bad-ticket', 'another length')
    await this.#checkSigner(signed)
    const ref = { digest: ticket.digest, size: Number(ticket.size) }
    const round = Number(ticket.round)
    // A ticket that is shown again costs nothing.
    if ((await store.has(ref)) === 'full') return await store.pin(ref, { round })

    const free = this.#budget.begin({ operator: ticket.operator, round: present, bytes: ref.size, limit })
    const ms = LEAST_MS + Math.ceil(ref.size / SLOWEST_BYTES_PER_SECOND) * 1_000
    const span = startSpan(timer, ms, () => refused('relay/too-slow', `more than ${ms} ms for ${ref.size} bytes`))
    try {
      if (request.headers.expect !== undefined) response.writeContinue()
      await store.put(request, { round, maxBytes: ref.size, expect: ref, signal: span.signal })
    } finally {
      span.close()
      free()
    }
    this.#options.onEvent({ kind: 'taken', ticket })
  }

  /** All that can be seen without the signature. Returns the round that is counted in. */
  #check(ticket: RelayTicket): { readonly present: bigint; readonly limit: number } {
    const { run, self, accepts, keepRounds } = this.#options
    const view = this.#options.view()
    const limit = this.#options.maxBytes()
    const present = view?.state.round?.id
    if (view === undefined || limit === undefined || present === undefined)
      throw refused('relay/not-ready', 'this node is still starting')
    const { state, block } = view
    if (ticket.relay !== self || ticket.run !== run) throw refused('relay/bad-ticket', 'for another relay or run')
    const member = ['miner', 'validator'] as const
    const isMember = member.some((role) => slotOf(state, role, ticket.operator) !== undefined)
    if (accepts === 'members' ? !isMember : !accepts.has(ticket.operator))
      throw refused('relay/not-allowed', 'this relay does not publish for that operator')
    if (ticket.expiry < block.timestamp) throw refused('relay/stale', 'the ticket has expired')
    if (ticket.round + BigInt(keepRounds) <= present || !commitsClosed(state, ticket.round))
      throw refused('relay/stale', 'the round is over for long, or its commits are open')
    if (ticket.size < 1n || ticket.size > BigInt(limit)) throw refused('relay/too-large', `more than ${limit} bytes`)
    return { present, limit }
  }

  /** By the operator itself or by its hot key. */
  async #checkSigner(signed: SignedTicket): Promise<void> {
    const { deployment, view } = this.#options
    const { operator } = signed.ticket
    const signer = await signerOf(deployment, signed)
    const delegate = view()?.state.operators.get(operator)?.delegate
    if (signer === undefined || (signer !== operator && (delegate === undefined || signer !== lowerHex(delegate))))
      throw refused('relay/not-signed', 'not signed by the operator’s key')
  }
}

const STATUS: Readonly<Record<string, number>> = {
  'relay/bad-ticket': 400,
  'relay/not-signed': 401,
  'relay/not-allowed': 403,
  'relay/too-slow': 408,
  'relay/stale': 409,
  'relay/too-large': 413,
  'storage/too-large': 422,
  'storage/empty': 422,
  'storage/digest-mismatch': 422,
  'relay/over-budget': 429,
  'relay/not-ready': 503,
  'relay/busy': 503,
  'storage/quota': 503,
}

/** What the author is told: these errors leave this file only as an answer. */
function refused(code: string, message: string): TesseraError {
  return new TesseraError(code, message)
}
