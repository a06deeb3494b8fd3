// A private key in an encrypted file: Web3 Secret Storage, version 3, the format of geth and MetaMask exports. ethers does the format;
// this file bounds what a hostile file may cost, names the errors and never overwrites. The only importer of ethers.

import { scrypt as nodeScrypt, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { toChecksumAddress } from './addressChecksum.ts'
import { createFileExclusive } from './atomicFile.ts'
import { checkKeystoreShape } from './keystoreShape.ts'
import { readFileLimited } from './limitedFile.ts'

/** scrypt's N: a power of two. `standard` is 2^17, half of what geth takes; `light` is for devnets with throw-away keys only. */
export type ScryptCost = 'standard' | 'light' | number

export interface CreateKeystoreOptions {
  readonly path: string
  readonly password: string
  /** 32 bytes; a new random key unless given. */
  readonly privateKey?: Hex
  readonly cost?: ScryptCost
  /** Cryptographic randomness for the new key; the system's unless given. */
  readonly random?: (bytes: number) => Uint8Array
  readonly signal?: AbortSignal | undefined
}

export interface LoadKeystoreOptions {
  readonly path: string
  readonly password: string
  readonly signal?: AbortSignal | undefined
}

// N = 2^17, r = 8, p = 1: 128 MiB and about half a second for each guess. 2^12: 4 MiB, 15 ms.
const COSTS = { standard: 2 ** 17, light: 2 ** 12 }
const MIN_COST = 2 ** 10
const MAX_COST = 2 ** 20
const MAX_FILE_BYTES = 64 * 1024
const MAX_PASSWORD_BYTES = 4096
const scryptAsync = promisify<Buffer, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  nodeScrypt,
)

/**
 * Encrypts a key into a new file of mode 0600.
 * @throws keystore/exists, keystore/bad-cost, keystore/bad-key, keystore/password-missing, file/write-failed
 */
export async function createKeystore(options: CreateKeystoreOptions): Promise<{ readonly address: Hex }> {
  const { path, password, cost = 'standard', random = randomBytes, signal } = options
  signal?.throwIfAborted()
  const N = typeof cost === 'number' ? cost : COSTS[cost]
  if (!Number.isSafeInteger(N) || N < MIN_COST || N > MAX_COST || (N & (N - 1)) !== 0)
    throw new TesseraError('keystore/bad-cost', `scrypt N = ${N} is not accepted`, {
      context: { N, min: MIN_COST, max: MAX_COST },
      hint: 'Give a power of two from 2^10 to 2^20; 2^17 protects a real key',
    })
  checkPassword(password)
  const { computeAddress, encryptKeystoreJson } = await ethers()
  const privateKey = options.privateKey ?? (`0x${Buffer.from(random(32)).toString('hex')}` as const)
  const address = addressOf(privateKey, computeAddress)
  const json = await encryptKeystoreJson({ address, privateKey }, password, { scrypt: { N, r: 8, p: 1 } })
  // ethers writes `Crypto`; the specification, and readers that follow it to the letter, say `crypto`.
  const { Crypto: crypto, ...rest } = JSON.parse(json)
  try {
    await createFileExclusive(path, `${JSON.stringify({ ...rest, crypto })}\n`, { signal })
  } catch (error) {
    throw isTesseraError(error, 'file/exists') ? exists(path, error) : error
  }
  return { address }
}

/**
 * Decrypts a keystore of any tool that follows the format.
 * @throws keystore/missing, keystore/invalid, keystore/wrong-password, keystore/password-missing
 */
export async function loadKeystore(
  options: LoadKeystoreOptions,
): Promise<{ readonly address: Hex; readonly privateKey: Hex }> {
  const { path, password, signal } = options
  checkPassword(password)
  const json = checkKeystoreShape(await readKeystore(path, signal), path)
  const { decryptKeystoreJson } = await ethers()
  try {
    const { address, privateKey } = await decryptKeystoreJson(json, password)
    return { address: address as Hex, privateKey: privateKey as Hex }
  } catch (error) {
    // The causes are left out: an error of the decryption may hold what it was decrypting.
    const message = error instanceof Error ? error.message : ''
    if (message.startsWith('incorrect password')) throw wrongPassword(path)
    throw invalid(
      path,
      message.startsWith('keystore address') ? 'its address is not that of its key' : 'it cannot be decrypted',
    )
  }
}

/**
 * The address that a keystore names, which is sure only once its password has opened it; undefined when it names none.
 * @throws keystore/missing, keystore/invalid
 */
export async function keystoreAddress(options: {
  readonly path: string
  readonly signal?: AbortSignal | undefined
}): Promise<Hex | undefined> {
  const { path, signal } = options
  const { address } = JSON.parse(checkKeystoreShape(await readKeystore(path, signal), path)) as { address?: unknown }
  if (address === undefined) return undefined
  // Most tools write it without 0x.
  const digits = typeof address === 'string' ? address.replace(/^0x/, '') : ''
  const checked = toChecksumAddress(`0x${digits}`)
  if (checked === undefined) throw invalid(path, 'its address is none')
  return checked
}

/**
 * The password from an option or environment variable, or else from a file, whose one trailing line break is not part of it.
 * @throws keystore/password-missing, file/missing, file/too-large
 */
export async function readPassword(source: {
  readonly password?: string | undefined
  readonly passwordFile?: string | undefined
}): Promise<string> {
  if (source.password !== undefined) return checkPassword(source.password)
  if (source.passwordFile === undefined) return checkPassword('')
  const bytes = await readFileLimited(source.passwordFile, MAX_PASSWORD_BYTES)
  return checkPassword(new TextDecoder().decode(bytes).replace(/\r?\n$/, ''))
}

async function readKeystore(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return await readFileLimited(path, MAX_FILE_BYTES, { signal })
  } catch (error) {
    if (isTesseraError(error, 'file/too-large')) throw invalid(path, 'it is too large')
    if (!isTesseraError(error, 'file/missing')) throw error
    throw new TesseraError('keystore/missing', `there is no keystore at ${path}`, {
      cause: error,
      context: { path },
      hint: 'Create one, or check the path',
    })
  }
}

/** Loaded on first use: it takes a quarter of a second, which a command without a key should not spend. */
async function ethers() {
  const [wallet, { scrypt }, { computeAddress }] = await Promise.all([
    import('ethers/wallet'),
    import('ethers/crypto'),
    import('ethers/transaction'),
  ])
  // Node's scrypt runs on a thread of its own: half a second of JavaScript would stall everything else.
  scrypt.register(async (password, salt, N, r, p, length) => {
    const maxmem = 128 * N * r + 128 * r * p + 2 ** 20
    const key = await scryptAsync(Buffer.from(password), Buffer.from(salt), length, { N, r, p, maxmem })
    return `0x${key.toString('hex')}`
  })
  return {
    computeAddress,
    decryptKeystoreJson: wallet.decryptKeystoreJson,
    encryptKeystoreJson: wallet.encryptKeystoreJson,
  }
}

function addressOf(privateKey: Hex, computeAddress: (key: string) => string): Hex {
  try {
    if (/^0x[0-9a-fA-F]{64}$/.test(privateKey)) return computeAddress(privateKey) as Hex
  } catch {
    // Zero, or not below the order of the curve: reported below, without the key in any cause.
  }
  throw new TesseraError('keystore/bad-key', 'the private key is not a secp256k1 key of 32 bytes', {
    hint: 'Give 0x and 64 hexadecimal digits, or none to have one made',
  })
}

function checkPassword(password: string): string {
  if (password !== '') return password
  throw new TesseraError(
    'keystore/password-missing',
    'the keystore needs a password, and none or an empty one was given',
    {
      hint: 'Give the password by its option, its environment variable or a password file',
    },
  )
}

function exists(path: string, cause: unknown): TesseraError {
  return new TesseraError('keystore/exists', `${path} exists already`, {
    cause,
    context: { path },
    hint: 'A keystore is never overwritten: choose another name, or move the old one away yourself',
  })
}

function wrongPassword(path: string): TesseraError {
  return new TesseraError('keystore/wrong-password', `the password does not open ${path}`, {
    context: { path },
    hint: 'Check the password, and that no line break or space got into it',
  })
}

function invalid(path: string, reason: string): TesseraError {
  return new TesseraError('keystore/invalid', `${path} is not a usable keystore: ${reason}`, {
    context: { path, reason },
    hint: 'Give a Web3 Secret Storage file of version 3',
  })
}
