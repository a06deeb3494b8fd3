// Hands the steps of what was shown to the wallet, one after the other: the next only when the one before is in a block. Asks each
// once; after anything but success it stops.

import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, isHex, lowerHex } from '@tessera/protocol/hex'
import { isRefusal, walletError } from '../wallet/walletErrors.ts'
import { type Flight, type FlightStatus, withHash, withStatus } from './flight.ts'
import type { FlightStore } from './flightStore.ts'
import type { Prepared, PreparedStep } from './prepare.ts'

export interface Sender {
  readonly store: FlightStore
  readonly chainId: number
  readonly genesisHash: Hex
  /** Asks the wallet. */
  request(method: string, params: readonly unknown[]): Promise<unknown>
  /** Throws unless the wallet still has the account and is on the chain that was shown. */
  check(): Promise<void>
  /** Throws if the contracts would refuse it by now. */
  tryAgain(step: PreparedStep): Promise<void>
  /** Milliseconds. */
  now(): number
  newId(): string
}

/**
 * @param onStep Told the flight of each step as it begins.
 * @throws `dashboard/already-sent`, and those of the checks; what comes of a step is told by its flight
 */
export async function sendSteps(
  { plan, steps, from }: Prepared,
  sender: Sender,
  onStep: (at: number, id: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const [at, step] of steps.entries()) {
    await sender.check()
    if (at > 0) await sender.tryAgain(step)
    signal.throwIfAborted()
    const flight = flightOf(step, from, plan.intent, sender)
    const twin = sender.store.twinOf(flight)
    if (twin !== undefined) throw alreadySent(twin)
    sender.store.put(flight)
    onStep(at, flight.id)
    if (!(await launch(flight, step, sender))) return
    const end = await untilOver(sender.store, flight.id, signal)
    if (end?.kind !== 'included') return
  }
}

function flightOf({ call, transaction }: PreparedStep, from: Hex, title: string, sender: Sender): Flight {
  const { to, data } = transaction
  return {
    id: sender.newId(),
    chainId: sender.chainId,
    genesisHash: sender.genesisHash,
    from: lowerHex(from),
    title,
    call,
    to: lowerHex(to),
    data: lowerHex(data),
    askedAt: sender.now(),
    hash: undefined,
    nonce: undefined,
    passed: 0,
    status: { kind: 'asking' },
  }
}

/** False when there is no transaction. */
async function launch(flight: Flight, { transaction }: PreparedStep, { store, request }: Sender): Promise<boolean> {
  try {
    const hash = await request('eth_sendTransaction', [transaction])
    if (typeof hash !== 'string' || !isHex(hash, 32)) throw new Error('it gave no hash of a transaction')
    store.put(withHash(flight, lowerHex(hash)))
    return true
  } catch (error) {
    const status: FlightStatus = isRefusal(error)
      ? { kind: 'rejected' }
      : { kind: 'failed', message: walletError(error).message }
    store.put(withStatus(flight, status))
    return false
  }
}

/** How it ended; undefined once nobody waits any more. */
function untilOver(store: FlightStore, id: string, signal: AbortSignal): Promise<FlightStatus | undefined> {
  return new Promise((resolve) => {
    const look = (): void => {
      const status = store.flights.find((flight) => flight.id === id)?.status
      if (!signal.aborted && status !== undefined && !['included', 'reverted', 'replaced'].includes(status.kind)) return
      leave()
      signal.removeEventListener('abort', look)
      resolve(signal.aborted ? undefined : status)
    }
    const leave = store.subscribe(look)
    signal.addEventListener('abort', look)
    look()
  })
}

function alreadySent({ title, hash }: Flight): TesseraError {
  return new TesseraError('dashboard/already-sent', 'the very same transaction is under way already', {
    hint: 'Wait until it is in a block, or cancel it in the wallet: both would be executed',
    context: { title, hash },
  })
}
