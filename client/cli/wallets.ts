// The folder of wallets: a key file each, by name. Opens the one that a command is to act with.

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { keystoreAddress, loadKeystore } from '@tessera/agent/keystore'
import { nearest } from '@tessera/agent/nearest'
import type { Resolved } from '@tessera/agent/optionTable'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { Scene } from './command.ts'
import { passwordFor, passwordOption, warnIfExposed } from './password.ts'

const ENDING = '.json'
const MAX_WALLETS = 1_000
const TRIES = 3

/** Spread into the table of a command that knows wallets. */
export const folderOption = {
  wallets: {
    flag: 'wallets',
    env: 'TESSERA_WALLETS',
    type: 'path',
    default: '~/.tessera/wallets',
    description: 'Folder of the wallets, an encrypted key file each',
  },
} as const

/** Spread into the table of a command that acts with a wallet. */
export const walletOptions = {
  wallet: {
    flag: 'wallet',
    env: 'TESSERA_WALLET',
    type: 'string',
    max: 64,
    description: 'Name of the wallet; the only one of the folder if not given',
  },
  ...folderOption,
  ...passwordOption,
} as const

export interface Wallet {
  readonly name: string
  readonly path: string
  /** As its file says; undefined when the file does not. */
  readonly address: Hex | undefined
}

/** A wallet that transactions may come from. */
export interface Account {
  readonly name: string
  readonly address: Hex
  /** The private key; asks for the password if need be. */
  unlock(): Promise<Hex>
}

/** Errors: `wallet/bad-name`. */
export function walletPath(folder: string, name: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/.test(name) && !name.endsWith(ENDING)) return join(folder, `${name}${ENDING}`)
  throw new TesseraError('wallet/bad-name', `"${name}" cannot be the name of a wallet`, {
    hint: 'Use letters, digits, dots, dashes and underscores, and leave .json away',
    context: { name },
  })
}

/** The wallets of a folder by name, and the names of files that are none. */
export async function listWallets(
  folder: string,
  { signal }: Pick<Scene, 'signal'>,
): Promise<{ readonly wallets: readonly Wallet[]; readonly others: readonly string[] }> {
  const wallets: Wallet[] = []
  const others: string[] = []
  for (const file of await jsonFiles(folder)) {
    const path = join(folder, file)
    try {
      wallets.push({ name: file.slice(0, -ENDING.length), path, address: await keystoreAddress({ path, signal }) })
    } catch (error) {
      if (!isTesseraError(error) || signal.aborted) throw error
      others.push(file)
    }
  }
  return { wallets, others }
}

/**
 * The wallet of that name, or the only one there is.
 * @throws `wallet/unknown`, `wallet/none`, `wallet/which`, `wallet/bad-name` and those of `keystoreAddress`
 */
export async function findWallet(
  options: Pick<Resolved<typeof walletOptions>, 'wallet' | 'wallets'>,
  scene: Pick<Scene, 'signal' | 'note'>,
): Promise<Wallet> {
  const { signal } = scene
  const { wallets: folder } = options
  const name = options.wallet ?? (await onlyName(folder, scene))
  const path = walletPath(folder, name)
  try {
    const address = await keystoreAddress({ path, signal })
    await warnIfExposed(path, scene)
    return { name, path, address }
  } catch (error) {
    if (isTesseraError(error, 'keystore/missing')) throw unknown(name, folder, await namesIn(folder), error)
    throw error
  }
}

/** The wallet as one that can sign. Without an address in its file it is unlocked at once. */
export async function openAccount(options: Resolved<typeof walletOptions>, scene: Scene): Promise<Account> {
  const wallet = await findWallet(options, scene)
  const { name } = wallet
  const unlock = (): Promise<{ address: Hex; privateKey: Hex }> => unlockWallet(wallet, options, scene)
  if (wallet.address !== undefined)
    return { name, address: wallet.address, unlock: async () => (await unlock()).privateKey }
  const { address, privateKey } = await unlock()
  return { name, address, unlock: () => Promise.resolve(privateKey) }
}

/**
 * Decrypts a wallet; whoever mistypes the password at a terminal may try again.
 * @throws `wallet/no-password` and those of `loadKeystore`
 */
export async function unlockWallet(
  { name, path }: Pick<Wallet, 'name' | 'path'>,
  options: Resolved<typeof passwordOption>,
  scene: Scene,
): Promise<{ readonly address: Hex; readonly privateKey: Hex; readonly password: string }> {
  const tries = options.passwordFile === undefined ? TRIES : 1
  for (let left = tries; ; left--) {
    const password = await passwordFor(`Password of ${name}: `, options, scene)
    try {
      const key = await loadKeystore({ path, password, signal: scene.signal })
      // The decryption cannot be interrupted, but what it was for can.
      scene.signal.throwIfAborted()
      return { ...key, password }
    } catch (error) {
      if (!isTesseraError(error, 'keystore/wrong-password') || left === 1) throw error
      scene.note('That is not its password. Try again.')
    }
  }
}

/** Errors: `wallet/exists`. */
export async function checkFree(path: string): Promise<void> {
  const taken = await stat(path).then(
    () => true,
    () => false,
  )
  if (taken)
    throw new TesseraError('wallet/exists', `there is a wallet at ${path} already`, {
      hint: 'Choose another --name: a wallet is never overwritten',
      context: { path },
    })
}

async function onlyName(folder: string, scene: Pick<Scene, 'signal'>): Promise<string> {
  const { wallets } = await listWallets(folder, scene)
  const [first, second] = wallets
  if (first === undefined)
    throw new TesseraError('wallet/none', `there is no wallet in ${folder}`, {
      hint: 'Make one with `tessera wallet new --name NAME`, or give another --wallets',
      context: { folder },
    })
  if (second !== undefined)
    throw new TesseraError('wallet/which', `there are ${wallets.length} wallets in ${folder}`, {
      hint: `Choose one with --wallet: ${wallets.map(({ name }) => name).join(', ')}`,
      context: { folder },
    })
  return first.name
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await jsonFiles(folder)).map((file) => file.slice(0, -ENDING.length))
}

async function jsonFiles(folder: string): Promise<readonly string[]> {
  try {
    const files = await readdir(folder)
    return files
      .filter((file) => file.endsWith(ENDING))
      .toSorted()
      .slice(0, MAX_WALLETS)
  } catch (error) {
    // A folder that nobody has made yet holds no wallets.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new TesseraError('wallet/bad-folder', `cannot read the folder ${folder}`, {
      cause: error,
      hint: 'Check --wallets and the permissions of the folder',
      context: { folder },
    })
  }
}

function unknown(name: string, folder: string, names: readonly string[], cause: unknown): TesseraError {
  const meant = nearest(name, names)
  const known = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`
  return new TesseraError('wallet/unknown', `there is no wallet "${name}" in ${folder}`, {
    cause,
    hint: meant === undefined ? `In this folder ${known}` : `Did you mean "${meant}"?`,
    context: { name, folder },
  })
}
