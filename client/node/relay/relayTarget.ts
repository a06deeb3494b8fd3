// Publishes this node's blobs through the gateway of another operator of the run, for nodes that nobody can reach. Its address is the one
// that the operator has on chain, so that it may move. See relayRoute.ts for what it is sent and shown, and for the danger.

import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import { signTicket } from '@tessera/chain/relayTicket'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { guardedLookup } from '@tessera/storage/addressGuard'
import type { BlockStore } from '@tessera/storage/blockStore'
import { refusal } from '@tessera/storage/publish/exchange'
import { bytesOf } from '@tessera/storage/publish/localBlob'
import type { Job, Outcome, Publication, Target } from '@tessera/storage/publish/target'
import { upload } from '@tessera/storage/publish/upload'
import { parseSource, type Source } from '@tessera/storage/source'
import type { Timer } from '@tessera/storage/timer'
import { RELAY_PATH, TICKET_HEADER } from './relayRoute.ts'

export interface RelayTargetOptions {
  readonly deployment: Deployment
  readonly run: bigint
  readonly operator: Hex
  /** Operator of the gateway. */
  readonly relay: Hex
  /** The operator's hot key. */
  readonly account: Parameters<typeof signTicket>[2]
  readonly view: () => Followed | undefined
  readonly blocks: Pick<BlockStore, 'get'>
  readonly allowPrivate: boolean
  readonly timer: Timer
}

/** Of the chain's time: long enough for a slow upload to begin, and for two views of the chain to differ. */
const TICKET_SECONDS = 900n
/** As the relay bounds it, and a little more: its refusal says more than our own time limit. */
const LEAST_MS = 45_000
const SLOWEST_BYTES_PER_SECOND = 32_768

export class RelayTarget implements Target {
  readonly name = 'relay'
  readonly isForeign = true
  readonly #options: RelayTargetOptions

  constructor(options: RelayTargetOptions) {
    this.#options = options
  }

  /** What the run is made of is no affair of one author. */
  wants({ keep }: Publication): boolean {
    return !keep
  }

  /** Where the relay is can change at any time, and it need not be up yet. */
  async check(): Promise<void> {}

  /** @throws `relay/no-endpoint`, `relay/refused`, `publish/busy`, `storage/private-address`, and what `upload` throws */
  async publish({ ref, round }: Job, signal: AbortSignal): Promise<Outcome> {
    const { deployment, run, operator, relay, account, blocks, allowPrivate, timer } = this.#options
    const view = this.#options.view()
    const { base } = this.#endpoint(view)
    const ticket = {
      operator,
      relay,
      run,
      round: BigInt(round),
      digest: ref.digest,
      size: BigInt(ref.size),
      expiry: (view?.block.timestamp ?? 0n) + TICKET_SECONDS,
    }
    const url = new URL(`${base}${RELAY_PATH}`)
    const { status, text } = await upload({
      url,
      headers: {
        [TICKET_HEADER]: await signTicket(deployment, ticket, account),
        'content-type': 'application/octet-stream',
      },
      body: bytesOf({ ref, blocks }),
      bytes: ref.size,
      lookup: guardedLookup(allowPrivate),
      timer,
      timeoutMs: LEAST_MS + Math.ceil(ref.size / SLOWEST_BYTES_PER_SECOND) * 1_000,
      signal,
    })
    if (status === 429 || status >= 500) throw refusal(url, status, text.trim())
    if (status !== 200) throw relayRefused(url, status, text.trim())
    return { done: true, note: '' }
  }

  /** The relay lets it go by its own rule. */
  async remove(): Promise<void> {}

  #endpoint(view: Followed | undefined): Source {
    const { relay, allowPrivate } = this.#options
    const endpoint = view?.state.operators.get(relay)?.endpoint ?? ''
    if (endpoint === '') throw noEndpoint(relay)
    return parseSource(endpoint, { allowLoopback: allowPrivate })
  }
}

function noEndpoint(relay: Hex): TesseraError {
  return new TesseraError('relay/no-endpoint', `the relay ${relay} has no endpoint on chain`, {
    retryable: true,
    hint: 'It is tried again; check the address given with --relay, and that the relay is running',
    context: { relay },
  })
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'The relay does not know this key as the operator’s: name it as the delegate, and wait until the relay has seen that',
  403: 'Ask the relay’s operator to start it with --relay-for and this operator’s address, or choose another relay',
  404: 'The relay takes blobs of nobody: ask its operator to start it with --relay-for, or choose another relay',
  405: 'The relay takes blobs of nobody: ask its operator to start it with --relay-for, or choose another relay',
  413: 'The limit comes from the run’s manifest: both sides must be of the same version',
}

/** What time may mend, the relay's view of the chain above all, is tried again soon. */
const SOON: ReadonlySet<number> = new Set([401, 408, 409, 422])

function relayRefused(url: URL, status: number, reason: string): TesseraError {
  return new TesseraError(
    'relay/refused',
    `the relay ${url.host} refused with status ${status}: ${reason.slice(0, 200)}`,
    {
      retryable: SOON.has(status),
      hint: HINTS[status] ?? 'It is tried again; look into the relay’s log',
      context: { host: url.host, status, reason: reason.slice(0, 200) },
    },
  )
}
