// The key that deploys a test network and holds its tokens: the first of anvil's public test keys, known to everyone. Never
// for anything of value.

import type { Hex } from '@tessera/protocol/hex'

export const DEVNET_HOLDER_KEY: Hex = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
