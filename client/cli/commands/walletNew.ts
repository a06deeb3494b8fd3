// `tessera wallet new`: a fresh key, encrypted.

import { defineCommand } from '../command.ts'
import { newWalletOptions, writeWallet } from '../newWallet.ts'
import { newPassword } from '../password.ts'
import { checkFree, walletPath } from '../wallets.ts'

export const walletNew = defineCommand({
  name: 'wallet new',
  summary: 'Makes a wallet with a fresh key, encrypted with a password.',
  options: newWalletOptions,
  async run(options, scene) {
    const path = walletPath(options.wallets, options.name)
    await checkFree(path)
    await writeWallet({ path, password: await newPassword(options, scene) }, options, scene)
  },
})
