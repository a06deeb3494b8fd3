// The one transaction sender of a key. It signs, sends, raises the fee of what does not get into a block, and returns when a
// transaction is included. It does not wait until inclusion is final: a chain may lose blocks, so whoever needs an effect looks
// for it in the followed state. Danger: two senders with one key take each other's nonces; have one per key in all processes.
//
// INVARIANT: a request is signed with a second nonce only after a foreign transaction has used its first one, so it is never
// executed twice by the sender's doing. That is why a gap in the nonces is filled with the very transactions that were lost.

import { TesseraError } from '@tessera/protocol/errors'
import { type Address, type Hex, keccak256, type LocalAccount } from 'viem'
import { broadcast } from './broadcast.ts'
import type { Chain } from './clients.ts'
import { isRevert, revertError } from './errors.ts'
import { type Fees, freshFees, replacementFees } from './fees.ts'
import { gasLimitOf, type TransactionRequest } from './request.ts'
import { call, estimateGas, getBalance, getHead, getNonce, getReceipt } from './rpc.ts'
import type { Receipt } from './shapes.ts'

/** Time, given by the caller. */
export interface SenderClock {
  /** Milliseconds. */
  now(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface SenderOptions {
  readonly chain: Chain
  readonly account: LocalAccount
  readonly clock: SenderClock
  /** Between two looks for a receipt. */
  readonly pollMs?: number
  /** After so many blocks without it, a transaction is sent again with a higher fee. */
  readonly bumpAfterBlocks?: number
  /** After so many blocks without it, the sender gives up waiting. */
  readonly giveUpAfterBlocks?: number
  /** While the RPC server fails for no longer than this, waiting for a transaction goes on. */
  readonly patienceMs?: number
  /** Wei per gas; dearer transactions are not sent. */
  readonly maxFeePerGas?: bigint
  /** Wei per gas. */
  readonly priorityFeePerGas?: bigint
}

/** A transaction of ours that is under way. */
interface Flight {
  readonly request: TransactionRequest
  readonly nonce: bigint
  readonly gas: bigint
  fees: Fees
  /** The signed forms so far, the newest last; they differ in their fees only. */
  readonly raws: Hex[]
  /** Block at which the newest form was sent; less when the chain has got shorter. */
  sentAt: bigint
  readonly firstSentAt: bigint
}

const GWEI = 10n ** 9n
/** How many included transactions can be put back when the chain loses them. */
const REMEMBERED = 64
/** How often a foreign transaction may take our nonce before that is called a conflict. */
const MAX_TAKEN = 3
/** Replacing what an earlier process left: 1.125^40 is a factor of 111. */
const MAX_RAISES = 40

export class TransactionSender {
  readonly address: Address
  readonly #chain: Chain
  readonly #account: LocalAccount
  readonly #clock: SenderClock
  readonly #options: Required<Omit<SenderOptions, 'chain' | 'account' | 'clock' | 'maxFeePerGas'>> & {
    readonly maxFeePerGas: bigint | undefined
  }
  #queue: Promise<unknown> = Promise.resolve()
  /** One above the highest nonce of ours that was seen in a block. */
  #next = 0n
  /** Included transactions by nonce, in case the chain loses them. */
  readonly #included = new Map<bigint, Hex>()
  /** The highest fees that were offered for a nonce, in case its transaction was given up and still waits somewhere. */
  #offered: { nonce: bigint; fees: Fees } | undefined

  constructor(options: SenderOptions) {
    this.#chain = options.chain
    this.#account = options.account
    this.#clock = options.clock
    this.address = options.account.address
    this.#options = {
      pollMs: options.pollMs ?? 500,
      bumpAfterBlocks: options.bumpAfterBlocks ?? 5,
      giveUpAfterBlocks: options.giveUpAfterBlocks ?? 50,
      patienceMs: options.patienceMs ?? 60_000,
      priorityFeePerGas: options.priorityFeePerGas ?? GWEI,
      maxFeePerGas: options.maxFeePerGas,
    }
  }

  /**
   * Sends a transaction and returns its receipt once it is in a block. One at a time, in the order of the calls.
   * After an error other than `chain/revert` the transaction may still be included later: look at the state before sending
   * anew what moves money. An abort ends the waiting, not the transaction.
   * @throws `chain/revert` (from the simulation, or with `context.hash` from a block), `chain/insufficient-funds`,
   *   `chain/fee-too-high`, `chain/not-included`, `chain/nonce-gap`, `chain/nonce-conflict`, and those of a request
   */
  send(request: TransactionRequest, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Receipt> {
    const { signal } = options
    const turn = this.#queue.then(() => {
      signal?.throwIfAborted()
      return this.#send(request, signal)
    })
    // The next in line does not care how this one ended; the caller is told.
    this.#queue = turn.catch(() => undefined)
    return signal === undefined ? turn : orAborted(turn, signal)
  }

  async #send(request: TransactionRequest, signal?: AbortSignal): Promise<Receipt> {
    for (let taken = 0; taken < MAX_TAKEN; taken++) {
      const flight = await this.#prepare(request, signal)
      const receipt = (await this.#launch(flight, signal)) ? await this.#land(flight, signal) : undefined
      if (receipt === undefined) continue
      this.#remember(flight, receipt)
      if (!receipt.success) throw await this.#revertOf(request, receipt, signal)
      return receipt
    }
    throw new TesseraError(
      'chain/nonce-conflict',
      `other transactions of ${this.address} took the nonce ${MAX_TAKEN} times`,
      {
        retryable: true,
        hint: 'Another process sends with the same key: give each process a key of its own',
        context: { address: this.address, call: request.name },
      },
    )
  }

  /** Everything but the signature: it would pass now, it is paid for, it has a nonce. */
  async #prepare(request: TransactionRequest, signal?: AbortSignal): Promise<Flight> {
    const chain = this.#chain
    const { value = 0n } = request
    const transaction = { ...request, from: this.address }
    // Not every server gives the revert's data with a failed estimate, so the call comes first.
    await call(chain, transaction, { signal })
    const gas = request.gas ?? gasLimitOf(request, await estimateGas(chain, transaction, signal))
    const nonce = await this.#nextNonce(signal)
    const head = await getHead(chain, signal)
    const fresh = freshFees(head.baseFeePerGas, this.#options.priorityFeePerGas)
    const fees = this.#offered?.nonce === nonce ? replacementFees(this.#offered.fees, fresh) : fresh
    const balance = await getBalance(chain, this.address, signal)
    const needed = gas * fees.maxFeePerGas + value
    if (balance < needed)
      throw new TesseraError('chain/insufficient-funds', `${this.address} has ${balance} wei and needs ${needed}`, {
        hint: `Send ether for gas to ${this.address}`,
        context: { address: this.address, balance, needed, call: request.name },
      })
    return { request, nonce, gas, fees, raws: [], sentAt: head.number, firstSentAt: head.number }
  }

  /** Signs and sends for the first time; false when the nonce has been used meanwhile. */
  async #launch(flight: Flight, signal?: AbortSignal): Promise<boolean> {
    for (let raises = 0; raises < MAX_RAISES; raises++) {
      const outcome = await this.#sign(flight, signal)
      if (outcome !== 'underpriced') return outcome === 'sent'
      // Something that an earlier process sent waits with this nonce.
      flight.fees = replacementFees(flight.fees, flight.fees)
    }
    throw this.#feeTooHigh(flight.fees)
  }

  async #sign(flight: Flight, signal?: AbortSignal): Promise<'sent' | 'nonce-used' | 'underpriced'> {
    const { request, nonce, gas, fees } = flight
    const { maxFeePerGas: limit } = this.#options
    if (limit !== undefined && fees.maxFeePerGas > limit) throw this.#feeTooHigh(fees)
    const raw = await this.#account.signTransaction({
      type: 'eip1559',
      chainId: this.#chain.deployment.chainId,
      nonce: Number(nonce),
      to: request.to,
      data: request.data,
      value: request.value ?? 0n,
      gas,
      ...fees,
    })
    // Recorded before it is sent: when the answer gets lost, the transaction may have arrived.
    flight.raws.push(raw)
    this.#offered = { nonce, fees }
    return this.#tolerant(() => broadcast(this.#chain, raw, signal), 'sent', signal)
  }

  /** Waits for a receipt; undefined when a foreign transaction used the nonce. */
  async #land(flight: Flight, signal?: AbortSignal): Promise<Receipt | undefined> {
    let failingSince: number | undefined
    let used = 0
    for (;;) {
      await this.#clock.sleep(this.#options.pollMs, signal)
      try {
        const receipt = await this.#receiptOf(flight, signal)
        if (receipt !== undefined) return receipt
        const mined = await getNonce(this.#chain, this.address, signal)
        // Seen twice, since a server may know of the nonce a moment before it knows the receipt.
        used = mined > flight.nonce ? used + 1 : 0
        if (used === 2) return undefined
        if (mined < flight.nonce) await this.#fillGap(mined, flight.nonce, signal)
        if (used === 0) await this.#urge(flight, signal)
        failingSince = undefined
      } catch (error) {
        if (!(error instanceof TesseraError) || !isTransient(error)) throw error
        failingSince ??= this.#clock.now()
        if (this.#clock.now() - failingSince >= this.#options.patienceMs) throw error
      }
    }
  }

  async #receiptOf(flight: Flight, signal?: AbortSignal): Promise<Receipt | undefined> {
    for (const raw of flight.raws.toReversed()) {
      const receipt = await getReceipt(this.#chain, keccak256(raw), signal)
      if (receipt !== undefined) return receipt
    }
    return undefined
  }

  /** Sends again what the server may have forgotten, and raises the fee of what waits for long. */
  async #urge(flight: Flight, signal?: AbortSignal): Promise<void> {
    const { bumpAfterBlocks, giveUpAfterBlocks, priorityFeePerGas, maxFeePerGas } = this.#options
    const head = await getHead(this.#chain, signal)
    if (head.number < flight.sentAt) {
      // The chain got shorter: its server was restarted, and with that lost what was waiting.
      flight.sentAt = head.number
      const newest = flight.raws.at(-1)
      if (newest !== undefined) await broadcast(this.#chain, newest, signal)
      return
    }
    if (head.number - flight.firstSentAt >= BigInt(giveUpAfterBlocks)) throw this.#notIncluded(flight, head.number)
    if (head.number - flight.sentAt < BigInt(bumpAfterBlocks)) return
    flight.sentAt = head.number
    const raised = replacementFees(flight.fees, freshFees(head.baseFeePerGas, priorityFeePerGas))
    // At the limit it waits with the fee it has, and is only handed over again.
    if (maxFeePerGas === undefined || raised.maxFeePerGas <= maxFeePerGas) flight.fees = raised
    await this.#sign(flight, signal)
  }

  /** The least free nonce; above what the chain says when it has lost transactions that can be put back. */
  async #nextNonce(signal?: AbortSignal): Promise<bigint> {
    const mined = await getNonce(this.#chain, this.address, signal)
    if (mined >= this.#next) return mined
    return (await this.#putBack(mined, this.#next, signal)) ? this.#next : mined
  }

  async #fillGap(from: bigint, to: bigint, signal?: AbortSignal): Promise<void> {
    if (await this.#putBack(from, to, signal)) return
    throw new TesseraError('chain/nonce-gap', `the chain lost transactions ${from} to ${to - 1n} of ${this.address}`, {
      retryable: true,
      hint: 'The chain lost blocks with transactions of an earlier process: look at the state, then send again',
      context: { address: this.address, from, to },
    })
  }

  /** Sends included transactions again that the chain has lost; false when one of them is not known here. */
  async #putBack(from: bigint, to: bigint, signal?: AbortSignal): Promise<boolean> {
    const lost: Hex[] = []
    for (let nonce = from; nonce < to; nonce++) {
      const raw = this.#included.get(nonce)
      if (raw === undefined) return false
      lost.push(raw)
    }
    for (const raw of lost) await broadcast(this.#chain, raw, signal)
    return true
  }

  #remember(flight: Flight, receipt: Receipt): void {
    const raw = flight.raws.find((candidate) => keccak256(candidate) === receipt.hash)
    if (raw !== undefined) this.#included.set(flight.nonce, raw)
    this.#included.delete(flight.nonce - BigInt(REMEMBERED))
    this.#next = flight.nonce + 1n
  }

  /** Why an included transaction failed: by trying it again in the state that its block left. */
  async #revertOf(request: TransactionRequest, receipt: Receipt, signal?: AbortSignal): Promise<TesseraError> {
    const mined = { hash: receipt.hash, blockNumber: receipt.blockNumber }
    try {
      await call(this.#chain, { ...request, from: this.address }, { signal, blockNumber: receipt.blockNumber })
    } catch (error) {
      if (error instanceof TesseraError && isRevert(error))
        return new TesseraError(error.code, error.message, {
          ...(error.hint !== undefined && { hint: error.hint }),
          context: { ...error.context, ...mined },
        })
      signal?.throwIfAborted()
      // The server cannot tell any more, which changes nothing about the failure.
    }
    return revertError(request.name, undefined, mined)
  }

  /** The answer to a sending may get lost; then it counts as sent and the waiting finds out. */
  async #tolerant<T>(attempt: () => Promise<T>, otherwise: T, signal?: AbortSignal): Promise<T> {
    try {
      return await attempt()
    } catch (error) {
      if (signal?.aborted || !(error instanceof TesseraError) || !isTransient(error)) throw error
      return otherwise
    }
  }

  #feeTooHigh(fees: Fees): TesseraError {
    return new TesseraError('chain/fee-too-high', `a fee of ${fees.maxFeePerGas} wei per gas is above the limit`, {
      retryable: true,
      hint: 'Wait until the chain is less busy, or raise the limit',
      context: { maxFeePerGas: fees.maxFeePerGas, limit: this.#options.maxFeePerGas },
    })
  }

  #notIncluded(flight: Flight, head: bigint): TesseraError {
    return new TesseraError(
      'chain/not-included',
      `${flight.request.name} is not in a block after ${head - flight.firstSentAt} blocks`,
      {
        retryable: true,
        hint: 'The transaction may still be included: look at the state before sending it again',
        context: { call: flight.request.name, nonce: flight.nonce, maxFeePerGas: flight.fees.maxFeePerGas },
      },
    )
  }
}

function isTransient(error: TesseraError): boolean {
  return error.retryable && ['chain/unreachable', 'chain/bad-response', 'chain/rpc-error'].includes(error.code)
}

/** The promise, or the signal's reason as soon as it aborts. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
