// A private key as the account that the sender signs with, so that nobody above has to know viem's accounts.

import { TesseraError } from '@tessera/protocol/errors'
import { isHex } from '@tessera/protocol/hex'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'

/** Errors: `chain/bad-key`; the message never holds the key. */
export function accountOf(privateKey: string): PrivateKeyAccount {
  try {
    if (isHex(privateKey, 32)) return privateKeyToAccount(privateKey)
  } catch {
    // The cause is left out on purpose: it could quote the key.
  }
  throw new TesseraError('chain/bad-key', 'the private key is not a valid secp256k1 key', {
    hint: 'A key is 32 bytes in hexadecimal with 0x, neither zero nor beyond the order of the curve',
  })
}
