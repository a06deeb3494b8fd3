// sha2-256 of a block without anything of Node, for browsers: theirs is asynchronous, and a block is checked in one go.

import { sha256 } from '@tessera/protocol/hash'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'

export function sha256Hex(bytes: Uint8Array): Hex {
  return bytesToHex(sha256(bytes))
}
