// The visitor whose stake one file delegates and whose rewards another claims, epochs later. A key for tests: never for anything of
// value.

import type { Hex } from '@tessera/protocol/hex'

export const HOLDER_KEY: Hex = `0x${'22'.repeat(32)}`
