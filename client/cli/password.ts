// Passwords: from a file, or from a person at a terminal who does not see what he types. Never from an argument, which every user of
// a machine can read.

import { stat } from 'node:fs/promises'
import { readPassword } from '@tessera/agent/keystore'
import type { Resolved } from '@tessera/agent/optionTable'
import { TesseraError } from '@tessera/protocol/errors'
import type { Scene } from './command.ts'

/** NIST SP 800-63B: the least for a password that a person chooses. */
const MIN_CHARACTERS = 8
const OTHERS = 0o077

/** Spread into the table of a command that opens a wallet. */
export const passwordOption = {
  passwordFile: {
    flag: 'password-file',
    env: 'TESSERA_PASSWORD_FILE',
    type: 'path',
    description: 'File with the password of the wallet in its first line; asked for at the terminal if not given',
  },
} as const

/** Errors: `wallet/no-password`, those of `readPassword` and of a question. */
export async function passwordFor(
  question: string,
  { passwordFile }: Resolved<typeof passwordOption>,
  scene: Pick<Scene, 'dialogue' | 'note' | 'signal'>,
): Promise<string> {
  if (passwordFile !== undefined) {
    await warnIfExposed(passwordFile, scene)
    return await readPassword({ passwordFile })
  }
  if (scene.dialogue !== undefined) return await scene.dialogue.ask(question, { secret: true, signal: scene.signal })
  throw new TesseraError('wallet/no-password', 'there is no terminal to ask for the password at', {
    hint: 'Give --password-file FILE, or set TESSERA_PASSWORD_FILE',
  })
}

/** A password for a new wallet; typed twice. Errors: `wallet/weak-password`, `wallet/passwords-differ`. */
export async function newPassword(
  options: Resolved<typeof passwordOption>,
  scene: Pick<Scene, 'dialogue' | 'note' | 'signal'>,
): Promise<string> {
  const password = await passwordFor(`New password (at least ${MIN_CHARACTERS} characters): `, options, scene)
  if (password.length < MIN_CHARACTERS)
    throw new TesseraError('wallet/weak-password', `a password of ${password.length} characters is soon guessed`, {
      hint: `Take at least ${MIN_CHARACTERS}; several words are easy to remember`,
    })
  if (options.passwordFile === undefined && (await passwordFor('Once more: ', options, scene)) !== password)
    throw new TesseraError('wallet/passwords-differ', 'these were two different passwords', {
      hint: 'Nothing was written: start again',
    })
  return password
}

/** Tells when other users of the machine may read a secret file. */
export async function warnIfExposed(path: string, { note }: Pick<Scene, 'note'>): Promise<void> {
  // Windows has no such bits.
  if (process.platform === 'win32') return
  const file = await stat(path).catch(() => undefined)
  if (file !== undefined && (file.mode & OTHERS) !== 0)
    note(`warning: others on this machine may read ${path}; run: chmod 600 ${path}`)
}
