// The validator program: options in, exit code out.

import { optionsHelp } from '@tessera/agent/optionDocs'
import { parseOptions, wantsHelp } from '@tessera/agent/options'
import { runMain } from '@tessera/agent/runMain'
import { validatorOptions } from './options.ts'
import { runValidator } from './validator.ts'

const ABOUT = {
  usage: 'node validator/src/main.ts [options]',
  summary: 'Measures what miners contribute, attests each checkpoint, and scores them for pay.',
}

const argv = process.argv.slice(2)
if (wantsHelp(argv)) {
  console.log(optionsHelp(validatorOptions, ABOUT))
} else {
  const stopsWithParent = argv.includes('--stop-with-parent') || process.env.TESSERA_STOP_WITH_PARENT === 'true'
  await runMain(
    (lifecycle) => runValidator(parseOptions(validatorOptions, { argv, env: process.env }), lifecycle),
    stopsWithParent ? { parent: 'stdin' } : {},
  )
}
