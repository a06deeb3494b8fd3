// Looks for a transaction on the chain, and asks it why when it failed there.

import { isRevert } from '@tessera/chain/errors'
import { call, getHead, getNonce, getReceipt, type HasClient, request } from '@tessera/chain/rpc'
import { quantityOf } from '@tessera/chain/shapes'
import { isTesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { type Flight, sighted, withStatus } from './flight.ts'

const NO_REASON = 'its reason is not known'

/**
 * @param now Milliseconds.
 * @throws those of a request
 */
export async function lookAtFlight(
  chain: HasClient,
  flight: Flight & { readonly hash: Hex },
  now: number,
  signal?: AbortSignal,
): Promise<Flight> {
  const { hash, from } = flight
  const [head, receipt, nonce, free] = await Promise.all([
    getHead(chain, signal),
    getReceipt(chain, hash, signal),
    flight.nonce ?? sentNonce(chain, hash, signal),
    getNonce(chain, from, signal),
  ])
  const seen = sighted(flight, {
    now,
    head: Number(head.number),
    receipt:
      receipt === undefined
        ? undefined
        : { block: Number(receipt.blockNumber), blockHash: receipt.blockHash, success: receipt.success },
    nonce,
    free: Number(free),
  })
  const { status } = seen
  if (status.kind !== 'reverted' || status.reason !== undefined) return seen
  return withStatus(seen, { ...status, reason: await reasonOf(chain, seen, status.block, signal) })
}

/** Undefined while the server does not know the transaction. */
async function sentNonce(chain: HasClient, hash: Hex, signal?: AbortSignal): Promise<number | undefined> {
  const found = await request(chain.client, 'eth_getTransactionByHash', [hash], signal)
  if (typeof found !== 'object' || found === null) return undefined
  return Number(quantityOf((found as { nonce?: unknown }).nonce, 'the nonce'))
}

/** As the same call says on the state before its block; what stood before it in the block may differ. */
async function reasonOf(
  chain: HasClient,
  { call: name, from, to, data }: Flight,
  block: number,
  signal?: AbortSignal,
): Promise<string> {
  try {
    await call(chain, { name, from, to, data }, { signal, blockNumber: BigInt(block - 1) })
    return NO_REASON
  } catch (error) {
    if (signal?.aborted) throw error
    if (!isRevert(error) || !isTesseraError(error)) return NO_REASON
    return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`
  }
}
