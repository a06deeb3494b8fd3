// Whether an account can pay for all transactions that were rehearsed: what a wallet finds out only after the first of several.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { Rehearsal } from '../rehearse.ts'
import { getBalance } from '../rpc.ts'
import type { Desk } from './plan.ts'
import { cost, ether } from './texts.ts'

/** Errors: `chain/insufficient-funds` and those of a request. */
export async function checkEther(
  { chain, account }: Desk,
  { maxCost }: Pick<Rehearsal, 'maxCost'>,
  signal?: AbortSignal,
): Promise<void> {
  const balance = await getBalance(chain, account.address, signal)
  if (balance < maxCost) throw insufficient(account.address, balance, maxCost)
}

function insufficient(address: Hex, balance: bigint, needed: bigint): TesseraError {
  return new TesseraError(
    'chain/insufficient-funds',
    `${address} has ${ether(balance)}, and this may cost ${cost(needed)}`,
    { hint: `Send ether for gas to ${address}`, context: { balance, needed } },
  )
}
