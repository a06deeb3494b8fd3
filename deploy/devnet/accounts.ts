// The members of a network on one machine and their keys: fresh ones, in encrypted key files as on a real machine. The cold
// keys lie beside the hot ones here, which on a real machine they must not.

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createFileExclusive } from '@tessera/agent/atomicFile'
import { createKeystore, loadKeystore } from '@tessera/agent/keystore'
import { readFileLimited } from '@tessera/agent/limitedFile'
import type { Hex } from '@tessera/protocol/hex'

export type Role = 'miner' | 'validator'

export interface MemberPlan {
  /** `miner-1`, `validator-2`: also the name of its folder and its log. */
  readonly name: string
  readonly role: Role
  /** From 0, among its role. */
  readonly index: number
  readonly folder: string
}

export interface Keys {
  readonly cold: Hex
  readonly hot: Hex
  /** The hot key's file and the file with its password, for the member's process. */
  readonly keystore: string
  readonly passwordFile: string
}

export function planMembers(data: string, miners: number, validators: number): readonly MemberPlan[] {
  const plan = (role: Role, count: number): MemberPlan[] =>
    Array.from({ length: count }, (_, index) => {
      const name = `${role}-${index + 1}`
      return { name, role, index, folder: join(data, name) }
    })
  return [...plan('miner', miners), ...plan('validator', validators)]
}

/** The member's keys, made at the first start; `hot` is an address, `cold` a private key. */
export async function keysOf(member: MemberPlan): Promise<Keys> {
  const { password, passwordFile } = await passwordOf(member.folder)
  const keystore = join(member.folder, 'hot-key.json')
  const hot = await ensureKey(keystore, password)
  const cold = await ensureKey(join(member.folder, 'cold-key.json'), password)
  return { cold: cold.privateKey, hot: hot.address, keystore, passwordFile }
}

/** The private key of somebody who stakes with others and runs no node. */
export async function delegatorKey(data: string): Promise<Hex> {
  const folder = join(data, 'delegator')
  const { password } = await passwordOf(folder)
  return (await ensureKey(join(folder, 'cold-key.json'), password)).privateKey
}

async function passwordOf(folder: string): Promise<{ password: string; passwordFile: string }> {
  await mkdir(folder, { recursive: true })
  const passwordFile = join(folder, 'password')
  if (!existsSync(passwordFile))
    await createFileExclusive(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 })
  return { password: new TextDecoder().decode(await readFileLimited(passwordFile, 1_000)), passwordFile }
}

/** Light key files: seven nodes that start at once on two cores would spend a minute on the standard ones. */
async function ensureKey(path: string, password: string): Promise<{ address: Hex; privateKey: Hex }> {
  if (!existsSync(path)) await createKeystore({ path, password, cost: 'light' })
  return await loadKeystore({ path, password })
}
