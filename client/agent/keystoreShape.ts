// Judges a keystore file before a password is tried on it: its shape, and above all what its key derivation would cost, since the file
// itself names the memory and time to spend. Decrypts nothing.

import { TesseraError } from '@tessera/protocol/errors'

// geth's strongest preset is N = 2^18, r = 8: 256 MiB. Twice that is allowed, and not more work than eight times that.
const MAX_SCRYPT_BYTES = 512 * 2 ** 20
const MAX_SCRYPT_WORK = 2 ** 24
// OWASP asks for 600,000 rounds of PBKDF2-SHA256; ethers runs them on the event loop.
const MAX_PBKDF2_ROUNDS = 2 ** 22

/** The file as JSON text for the decryption, once it is one. @throws keystore/invalid */
export function checkKeystoreShape(bytes: Uint8Array, path: string): string {
  const reject = (reason: string): never => {
    throw new TesseraError('keystore/invalid', `${path} is not a usable keystore: ${reason}`, {
      context: { path, reason },
      hint: 'Give a Web3 Secret Storage file of version 3',
    })
  }
  const root = parsed(bytes) ?? reject('it is not a JSON object')
  if (field(root, 'version') !== 3) reject('its version is not 3')
  const crypto = field(root, 'crypto')
  if (!isObject(crypto)) return reject('it has no crypto section')
  const parameters = field(crypto, 'kdfparams')
  if (!isObject(parameters)) return reject('it has no kdfparams')
  const kdf = field(crypto, 'kdf')
  const number = (name: string): number => {
    const value = field(parameters, name)
    return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : reject(`kdfparams.${name}`)
  }
  if (kdf === 'scrypt') {
    const [n, r, p] = [number('n'), number('r'), number('p')]
    if (128 * n * r > MAX_SCRYPT_BYTES || n * r * p > MAX_SCRYPT_WORK) reject('its scrypt cost is out of bounds')
    // N < 2^(128 r / 8). Every implementation at hand holds to it; the scrypt example of the keystore definition does not.
    if (!Number.isInteger(Math.log2(n)) || Math.log2(n) >= 16 * r) reject('its scrypt parameters break RFC 7914')
  } else if (kdf === 'pbkdf2') {
    if (number('c') > MAX_PBKDF2_ROUNDS) reject('its pbkdf2 cost is out of bounds')
  } else reject('its kdf is neither scrypt nor pbkdf2')
  return JSON.stringify(root)
}

type Json = Readonly<Record<string, unknown>>

function parsed(bytes: Uint8Array): Json | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A field by name without regard to case, as the tools that write these files disagree on it (`Crypto`). */
function field(object: Json, name: string): unknown {
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === name)
  return key === undefined ? undefined : object[key]
}
