// `node deploy/main.ts`: puts the contracts on a chain, or finds them there and verifies them.

import { join } from 'node:path'
import { loadKeystore, readPassword } from '@tessera/agent/keystore'
import { optionsHelp } from '@tessera/agent/optionDocs'
import { parseOptions, wantsHelp } from '@tessera/agent/options'
import { runMain } from '@tessera/agent/runMain'
import { deployTessera } from './deploy.ts'
import { deployOptions } from './deployOptions.ts'
import { readParams } from './readParams.ts'

const ABOUT = {
  usage: 'node deploy/main.ts --network NAME --keystore FILE [options]',
  summary: 'Deploys the contracts, verifies them, and writes the deployment file that miners and validators ask for.',
}

const argv = process.argv.slice(2)
if (wantsHelp(argv)) {
  console.log(optionsHelp(deployOptions, ABOUT))
} else {
  await runMain(async ({ signal }) => {
    const options = parseOptions(deployOptions, { argv, env: process.env })
    const params = await readParams(options.network)
    const password = await readPassword({
      password: options.keystorePassword,
      passwordFile: options.keystorePasswordFile,
    })
    const { privateKey } = await loadKeystore({ path: options.keystore, password, signal })
    const { file } = await deployTessera({
      rpcUrl: options.rpc,
      folder: options.folder ?? join(import.meta.dirname, 'deployments', options.network),
      params,
      deployerKey: privateKey,
      log: (line) => console.log(line),
      signal,
    })
    console.log(`written: ${file}`)
  })
}
