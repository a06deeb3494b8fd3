// The miner program: options in, exit code out.

import { optionsHelp } from '@tessera/agent/optionDocs'
import { parseOptions, wantsHelp } from '@tessera/agent/options'
import { runMain } from '@tessera/agent/runMain'
import { runMiner } from './miner.ts'
import { minerOptions } from './options.ts'

const ABOUT = {
  usage: 'node miner/src/main.ts [options]',
  summary: 'Trains in a run, commits the compressed update of each round, and claims what it earns.',
}

const argv = process.argv.slice(2)
if (wantsHelp(argv)) {
  console.log(optionsHelp(minerOptions, ABOUT))
} else {
  const stopsWithParent = argv.includes('--stop-with-parent') || process.env.TESSERA_STOP_WITH_PARENT === 'true'
  await runMain(
    (lifecycle) => runMiner(parseOptions(minerOptions, { argv, env: process.env }), lifecycle),
    stopsWithParent ? { parent: 'stdin' } : {},
  )
}
