// Whether the wallet still is what the person was shown: the account, the network, and the very chain behind its number.

import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, isHex, sameHex } from '@tessera/protocol/hex'
import type { Wallets } from '../wallet/wallets.ts'

export interface Shown {
  readonly account: Hex
  readonly chainId: number
  readonly genesisHash: Hex
}

/** Errors: `wallet/moved`, `wallet/other-chain`. */
export async function checkWallet(
  wallets: Pick<Wallets, 'state' | 'request'>,
  { account, chainId, genesisHash }: Shown,
): Promise<void> {
  const { connection } = wallets.state
  if (connection === undefined || !sameHex(connection.account, account) || connection.chainId !== chainId) throw moved()
  const genesis = await genesisOf(wallets)
  if (genesis !== undefined && !sameHex(genesis, genesisHash)) throw otherChain()
}

/** Two devnets may share a chain id, but not block 0. Undefined where the wallet does not say. */
async function genesisOf({ request }: Pick<Wallets, 'request'>): Promise<Hex | undefined> {
  try {
    const block = await request('eth_getBlockByNumber', ['0x0', false])
    const { hash } = (block ?? {}) as { hash?: unknown }
    return typeof hash === 'string' && isHex(hash, 32) ? hash : undefined
  } catch {
    return undefined
  }
}

function moved(): TesseraError {
  return new TesseraError('wallet/moved', 'the wallet is on another account or network than what was shown', {
    hint: 'Nothing was asked: go back, and look at it again',
  })
}

function otherChain(): TesseraError {
  return new TesseraError('wallet/other-chain', 'the wallet has the right chain id and another chain behind it', {
    hint: 'A test network was started anew: remove it from the wallet and add it again',
  })
}
