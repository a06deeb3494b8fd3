// Hands a signed transaction to the RPC server and tells its refusals apart. They have no codes of their own: servers say
// them in words, which differ little.

import { type Hex, keccak256 } from 'viem'
import { badResponse, requestError, rpcRefusal } from './errors.ts'
import { type HasClient, sendRawTransaction } from './rpc.ts'

/**
 * `sent`: the server has it, now or since before. `nonce-used`: a transaction with this nonce is in a block already.
 * `underpriced`: another one with this nonce waits, and this one does not pay enough more to replace it.
 */
export type Broadcast = 'sent' | 'nonce-used' | 'underpriced'

/** Errors: those of a request; all other refusals are `chain/rpc-error`. */
export async function broadcast(chain: HasClient, raw: Hex, signal?: AbortSignal): Promise<Broadcast> {
  let hash: Hex
  try {
    hash = await sendRawTransaction(chain, raw, signal)
  } catch (error) {
    const said = signal?.aborted ? '' : (rpcRefusal(error)?.message ?? '')
    if (/already known|already imported|known transaction/.test(said)) return 'sent'
    if (/nonce (is )?too low|nonce has already been used|old nonce/.test(said)) return 'nonce-used'
    if (/underpriced|fee too low/.test(said)) return 'underpriced'
    throw requestError('eth_sendRawTransaction', error, signal)
  }
  if (hash !== keccak256(raw)) throw badResponse('the hash of another transaction', { hash })
  return 'sent'
}
