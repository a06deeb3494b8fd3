// `tessera`: what people do with runs and models from a command line. Finds the command and its options; the work is the command's.

import { systemClock } from '@tessera/agent/clock'
import { TerminalDialogue } from '@tessera/agent/dialogue'
import { createLogger } from '@tessera/agent/logger'
import { optionsHelp } from '@tessera/agent/optionDocs'
import { parseOptions, wantsHelp } from '@tessera/agent/options'
import { createProgress } from '@tessera/agent/progress'
import { runMain } from '@tessera/agent/runMain'
import { Terminal } from '@tessera/agent/terminal'
import { commands, findCommand, overview } from './commands.ts'

const argv = process.argv.slice(2)
if (argv.length === 0 || argv[0]?.startsWith('-') === true) {
  process.stdout.write(overview(commands))
} else {
  await runMain(async (lifecycle) => {
    const { command, rest } = findCommand(commands, argv)
    if (wantsHelp(rest)) {
      const usage = `npm run -s tessera -- ${command.name} [options]`
      process.stdout.write(optionsHelp(command.options, { usage, summary: command.summary }))
      return
    }
    const options = parseOptions(command.options, { argv: rest, env: process.env })
    const terminal = new Terminal(process.stderr)
    const logger = createLogger({ level: 'info', terminal, format: 'human', service: 'tessera' })
    const progress = createProgress({ terminal, logger })
    lifecycle.onClose('progress', () => progress.close())
    const note = (line: string): void => terminal.writeLine(line)
    const { signal } = lifecycle
    const { stdin: input, stdout: output, stderr } = process
    // The same as the signal that the terminal sends when it is not asking.
    const onInterrupt = (): void => void process.emit('SIGINT', 'SIGINT')
    const dialogue =
      input.isTTY && stderr.isTTY ? new TerminalDialogue({ input, output: stderr, onInterrupt }) : undefined
    const clock = systemClock
    await command.run(options, { lifecycle, signal, progress, clock, note, dialogue, input, output })
  })
}
