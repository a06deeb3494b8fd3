// The two hash functions of the protocol. SHA-256 is injectable where many megabytes are hashed, so that Node programs can pass
// node:crypto's native one; this package itself runs in a browser.

import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'

/** Maps bytes to their 32-byte SHA-256 digest. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

export const sha256: Sha256 = (bytes) => nobleSha256(bytes)

export function keccak256(bytes: Uint8Array): Uint8Array {
  return keccak_256(bytes)
}
