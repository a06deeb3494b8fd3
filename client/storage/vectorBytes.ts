// @testonly The deterministic bytes of Kubo's own CID test vectors: a ChaCha20 key stream, key = sha256(seed), nonce zero. For tests only.

import { createCipheriv, createHash } from 'node:crypto'

/** `length` bytes of the stream that belongs to `seed`. */
export function vectorBytes(length: number, seed: string): Uint8Array {
  const key = createHash('sha256').update(seed).digest()
  const counterAndNonce = Buffer.alloc(16)
  return new Uint8Array(createCipheriv('chacha20', key, counterAndNonce).update(Buffer.alloc(length)))
}
