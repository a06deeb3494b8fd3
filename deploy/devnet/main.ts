// `npm start`: a whole network on this machine.

import { fileURLToPath } from 'node:url'
import { optionsHelp } from '@tessera/agent/optionDocs'
import { parseOptions, wantsHelp } from '@tessera/agent/options'
import { runMain } from '@tessera/agent/runMain'
import { devnetOptions } from './options.ts'
import { continuedPreset, devnetPreset, overlapped } from './preset.ts'
import { startDevnet } from './start.ts'

const ABOUT = {
  usage: 'npm start -- [options]',
  summary:
    'Starts a chain, miners and validators on this machine, which train a language model on text and are paid for it.',
}

const argv = process.argv.slice(2)
if (wantsHelp(argv)) {
  console.log(optionsHelp(devnetOptions, ABOUT))
} else {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  await runMain(
    (lifecycle) => {
      const options = parseOptions(devnetOptions, { argv, env: process.env })
      const apart = options.model === undefined ? devnetPreset : continuedPreset
      const preset = options.overlap ? overlapped(apart) : apart
      return startDevnet({ options, preset, root, lifecycle, print: (line) => console.log(line) })
    },
    { closeLimitMs: 40_000 },
  )
}
