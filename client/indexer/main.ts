// The indexer program: options in, exit code out.

import { optionsHelp } from '@tessera/agent/optionDocs'
import { parseOptions, wantsHelp } from '@tessera/agent/options'
import { runMain } from '@tessera/agent/runMain'
import { runIndexer } from './indexerProgram.ts'
import { indexerOptions } from './options.ts'

const ABOUT = {
  usage: 'node client/indexer/main.ts [options]',
  summary: 'Follows the contracts, keeps what happened in a database, and serves it with the dashboard.',
}

const argv = process.argv.slice(2)
if (wantsHelp(argv)) {
  console.log(optionsHelp(indexerOptions, ABOUT))
} else {
  const stopsWithParent = argv.includes('--stop-with-parent') || process.env.TESSERA_STOP_WITH_PARENT === 'true'
  await runMain(
    (lifecycle) => runIndexer(parseOptions(indexerOptions, { argv, env: process.env }), lifecycle),
    stopsWithParent ? { parent: 'stdin' } : {},
  )
}
