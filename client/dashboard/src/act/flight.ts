// A transaction from the wallet's question to a block that stays: a state machine without a clock and without a network. What happens
// is told it; what it means for the person is in flightTexts.ts.

import type { Hex } from '@tessera/protocol/hex'

export type FlightStatus =
  /** The wallet shows it; it has no hash yet. */
  | { readonly kind: 'asking' }
  /** The person said no: nothing was sent. */
  | { readonly kind: 'rejected' }
  /** The wallet gave an error instead of a hash. */
  | { readonly kind: 'failed'; readonly message: string }
  /** The page was left while the wallet asked: it may have been sent. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'pending' }
  /** Pending for so long that somebody should look. */
  | { readonly kind: 'late' }
  /** Was in a block that the chain has lost. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'included'; readonly block: number; readonly blockHash: Hex; readonly confirmations: number }
  | { readonly kind: 'reverted'; readonly block: number; readonly blockHash: Hex; readonly reason: string | undefined }
  /** Another transaction of the account has used its nonce. */
  | { readonly kind: 'replaced' }

export interface Flight {
  readonly id: string
  readonly chainId: number
  readonly genesisHash: Hex
  readonly from: Hex
  /** In plain words: what the person wanted. */
  readonly title: string
  /** The function that is called. */
  readonly call: string
  readonly to: Hex
  readonly data: Hex
  /** Milliseconds. */
  readonly askedAt: number
  readonly hash: Hex | undefined
  readonly nonce: number | undefined
  /** Looks in a row that found the nonce used and no receipt. */
  readonly passed: number
  readonly status: FlightStatus
}

/** What a look at the chain found. */
export interface Sighting {
  /** Milliseconds. */
  readonly now: number
  readonly head: number
  readonly receipt: { readonly block: number; readonly blockHash: Hex; readonly success: boolean } | undefined
  /** Of the transaction, if the server knows it. */
  readonly nonce: number | undefined
  /** The least nonce of the account that is in no block. */
  readonly free: number
}

/** Two to three minutes are ten blocks and more of any chain that this runs on. */
export const LATE_MS = 150_000
/** Blocks on top after which it is believed to stay, and no longer looked at. */
export const SETTLED = 12

/** Still to be looked at. */
export function isUnderWay({ status, hash }: Flight): boolean {
  if (hash === undefined) return status.kind === 'asking'
  switch (status.kind) {
    case 'pending':
    case 'late':
    case 'lost':
      return true
    case 'included':
      return status.confirmations < SETTLED
    case 'reverted':
      return status.reason === undefined
    default:
      return false
  }
}

/** May still be executed: the same once more would be done twice. */
export function mayStillCome({ status }: Flight): boolean {
  return ['asking', 'pending', 'late', 'lost'].includes(status.kind)
}

export function withHash(flight: Flight, hash: Hex): Flight {
  return { ...flight, hash, status: { kind: 'pending' } }
}

export function withStatus(flight: Flight, status: FlightStatus): Flight {
  return { ...flight, status }
}

/** The same transaction after a look at the chain. */
export function sighted(flight: Flight, { now, head, receipt, nonce, free }: Sighting): Flight {
  const known = { ...flight, nonce: flight.nonce ?? nonce }
  if (receipt !== undefined) {
    const { block, blockHash, success } = receipt
    const confirmations = Math.max(0, head - block)
    return {
      ...known,
      passed: 0,
      status: success
        ? { kind: 'included', block, blockHash, confirmations }
        : { kind: 'reverted', block, blockHash, reason: undefined },
    }
  }
  // Seen twice, since a server may know of a nonce a moment before it knows the receipt.
  const passed = known.nonce !== undefined && free > known.nonce ? flight.passed + 1 : 0
  if (passed >= 2) return { ...known, passed, status: { kind: 'replaced' } }
  const wasIn = ['included', 'reverted', 'lost'].includes(flight.status.kind)
  if (wasIn) return { ...known, passed, status: { kind: 'lost' } }
  return { ...known, passed, status: { kind: now - flight.askedAt > LATE_MS ? 'late' : 'pending' } }
}

/** The same after the page was loaded anew. */
export function reloaded(flight: Flight): Flight {
  return flight.status.kind === 'asking' ? { ...flight, status: { kind: 'unknown' } } : flight
}
