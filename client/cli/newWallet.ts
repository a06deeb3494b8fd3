// Writes a wallet: what `wallet new` and `wallet import` have in common.

import { mkdir } from 'node:fs/promises'
import { createKeystore } from '@tessera/agent/keystore'
import type { Resolved } from '@tessera/agent/optionTable'
import type { Hex } from '@tessera/protocol/hex'
import { type Scene, writeLine } from './command.ts'
import { jsonOption } from './network.ts'
import { passwordOption } from './password.ts'
import { json } from './texts.ts'
import { folderOption } from './wallets.ts'

/** N of scrypt with r = 8, p = 1: geth's own, 256 MiB and about a second a guess; and one for keys that hold nothing. */
const COSTS = { standard: 2 ** 18, light: 2 ** 12 }

export const newWalletOptions = {
  name: {
    flag: 'name',
    env: 'TESSERA_WALLET_NAME',
    type: 'string',
    required: true,
    max: 64,
    description: 'Name of the new wallet, and of its file',
  },
  ...folderOption,
  ...passwordOption,
  scrypt: {
    flag: 'scrypt',
    env: 'TESSERA_SCRYPT',
    type: 'choice',
    choices: ['standard', 'light'],
    default: 'standard',
    description: 'What a guess at the password costs: a second and 256 MiB, or next to nothing for test networks',
  },
  ...jsonOption,
} as const

export interface NewWallet {
  readonly path: string
  readonly password: string
  /** A fresh one if not given. */
  readonly privateKey?: Hex
}

/** Errors: those of `createKeystore`. */
export async function writeWallet(
  { path, password, privateKey }: NewWallet,
  options: Resolved<typeof newWalletOptions>,
  scene: Scene,
): Promise<void> {
  await mkdir(options.wallets, { recursive: true, mode: 0o700 })
  const { signal, note } = scene
  const cost = COSTS[options.scrypt]
  const { address } = await createKeystore({ path, password, cost, ...(privateKey && { privateKey }), signal })
  const { name } = options
  writeLine(scene, options.json ? json({ name, address, path }) : `${name}  ${address}  ${path}`)
  note('Keep a copy of this file elsewhere, and the password with neither: without both the key is lost for good.')
}
