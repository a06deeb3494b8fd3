// `tessera wallet export`: the private key itself, for tools that take nothing else.

import { defineCommand, writeLine } from '../command.ts'
import { jsonOption } from '../network.ts'
import { json } from '../texts.ts'
import { confirm } from '../transact.ts'
import { findWallet, unlockWallet, walletOptions } from '../wallets.ts'

export const walletExport = defineCommand({
  name: 'wallet export',
  summary: 'Prints the private key of a wallet. To carry a wallet elsewhere, copy its file instead.',
  options: {
    ...walletOptions,
    yes: {
      flag: 'yes',
      env: 'TESSERA_YES',
      type: 'boolean',
      description: 'Do not ask first; for scripts',
    },
    ...jsonOption,
  },
  async run(options, scene) {
    const wallet = await findWallet(options, scene)
    scene.note(`This prints the private key of ${wallet.name}. Whoever sees it can take all that the wallet holds.`)
    if (!options.yes) await confirm(scene)
    const { address, privateKey } = await unlockWallet(wallet, options, scene)
    writeLine(scene, options.json ? json({ name: wallet.name, address, privateKey }) : privateKey)
  },
})
