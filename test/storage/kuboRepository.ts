// What lies in the repository of a Kubo daemon, as the disk has it.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kubo } from '@tessera/deploy/kubo/startKubo'
import type { Hex } from '@tessera/protocol/hex'
import { hexToBytes } from '@tessera/protocol/hex'
import { base32upper } from 'multiformats/bases/base32'

/** The file of a block in flatfs: its multihash in base32, in a folder of the next to last two letters. */
function blockFile(kubo: Kubo, digest: Hex): string {
  const name = base32upper.baseEncode(Uint8Array.of(0x12, 0x20, ...hexToBytes(digest, 32)))
  return join(kubo.folder, 'blocks', name.slice(-3, -1), `${name}.data`)
}

/** Writes other bytes over those of a block, as a failing disk would. */
export async function damageBlock(kubo: Kubo, digest: Hex): Promise<void> {
  await writeFile(blockFile(kubo, digest), 'not what it was')
}
