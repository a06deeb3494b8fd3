// sha2-256 of a block by node:crypto, several times the speed of the portable one. A browser has portableSha256.ts in its place.

import { hash } from 'node:crypto'
import type { Hex } from '@tessera/protocol/hex'

export function sha256Hex(bytes: Uint8Array): Hex {
  return `0x${hash('sha256', bytes, 'hex')}`
}
