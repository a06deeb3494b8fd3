// `tessera wallet list`: the folder of wallets. Needs no password, so the addresses are what the files say.

import { defineCommand, writeLine } from '../command.ts'
import { jsonOption } from '../network.ts'
import { json, table } from '../texts.ts'
import { folderOption, listWallets } from '../wallets.ts'

const NO_ADDRESS = '(its file names no address)'

export const walletList = defineCommand({
  name: 'wallet list',
  summary: 'Lists the wallets and their addresses.',
  options: { ...folderOption, ...jsonOption },
  async run(options, scene) {
    const { wallets, others } = await listWallets(options.wallets, scene)
    for (const file of others) scene.note(`note: ${file} is no wallet`)
    if (options.json) writeLine(scene, json({ wallets }))
    else if (wallets.length === 0) scene.note(`There are no wallets in ${options.wallets}.`)
    else
      for (const line of table(wallets.map(({ name, address = NO_ADDRESS }) => [name, address]))) writeLine(scene, line)
  },
})
