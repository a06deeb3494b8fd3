// `tessera wallet show`: one wallet, and whether its password is still known.

import { defineCommand, writeLine } from '../command.ts'
import { jsonOption } from '../network.ts'
import { json, table } from '../texts.ts'
import { findWallet, unlockWallet, walletOptions } from '../wallets.ts'

export const walletShow = defineCommand({
  name: 'wallet show',
  summary: 'Shows the address of a wallet, and with --check that its password opens it.',
  options: {
    ...walletOptions,
    check: {
      flag: 'check',
      env: 'TESSERA_CHECK',
      type: 'boolean',
      description: 'Open the wallet with its password: that the address is the key’s, and the password still known',
    },
    ...jsonOption,
  },
  async run(options, scene) {
    const wallet = await findWallet(options, scene)
    const { name, path } = wallet
    const address = options.check ? (await unlockWallet(wallet, options, scene)).address : wallet.address
    const { check: checked } = options
    if (options.json) return writeLine(scene, json({ name, address, path, checked }))
    const rows = [
      ['wallet', name],
      ['address', `${address ?? 'named by no one: use --check'}${checked ? '' : ' (as the file says)'}`],
      ['file', path],
    ] as const
    for (const line of table(rows)) writeLine(scene, line)
  },
})
