// `tessera wallet import`: a key that exists already, encrypted as every wallet is. The private key is never an argument.

import { basename } from 'node:path'
import { readFileLimited } from '@tessera/agent/limitedFile'
import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, isHex } from '@tessera/protocol/hex'
import { defineCommand, type Scene } from '../command.ts'
import { newWalletOptions, writeWallet } from '../newWallet.ts'
import { newPassword, warnIfExposed } from '../password.ts'
import { checkFree, unlockWallet, walletPath } from '../wallets.ts'

/** The largest key file that is read. */
const MAX_BYTES = 65_536

export const walletImport = defineCommand({
  name: 'wallet import',
  summary: 'Makes a wallet of a key that exists: an encrypted key file of any tool, or a private key.',
  options: {
    ...newWalletOptions,
    from: {
      flag: 'from',
      env: 'TESSERA_IMPORT_FROM',
      type: 'path',
      description:
        'Encrypted key file, whose password the wallet keeps, or file with a private key; asked for at the terminal if not given',
    },
  },
  async run(options, scene) {
    const path = walletPath(options.wallets, options.name)
    await checkFree(path)
    const { from, passwordFile } = options
    const text = from === undefined ? await typedKey(scene) : await readText(from, scene)
    const key =
      from !== undefined && text.startsWith('{')
        ? await unlockWallet({ name: basename(from), path: from }, { passwordFile }, scene)
        : { privateKey: keyOf(text), password: await newPassword({ passwordFile }, scene) }
    await writeWallet({ path, ...key }, options, scene)
  },
})

/** Errors: `wallet/no-key` and those of a question. */
async function typedKey({ dialogue, signal }: Scene): Promise<string> {
  if (dialogue !== undefined)
    return (await dialogue.ask('Private key (0x and 64 hexadecimal digits): ', { secret: true, signal })).trim()
  throw new TesseraError('wallet/no-key', 'there is no terminal to ask for the private key at', {
    hint: 'Give --from FILE',
  })
}

async function readText(path: string, scene: Scene): Promise<string> {
  await warnIfExposed(path, scene)
  return new TextDecoder().decode(await readFileLimited(path, MAX_BYTES, { signal: scene.signal })).trim()
}

/** The message never holds the text, which may be a key all the same. */
function keyOf(text: string): Hex {
  const key = text.startsWith('0x') ? text : `0x${text}`
  if (isHex(key, 32)) return key
  throw new TesseraError('wallet/bad-key', 'this is neither an encrypted key file nor a private key', {
    hint: 'A private key is 64 hexadecimal digits, with or without 0x',
  })
}
