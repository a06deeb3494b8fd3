// `npm run bench -- NAME`: measures us beside others on this machine. Exit codes: 0 all targets met (or nothing to judge them by),
// 1 a target missed or a failure, 2 a mistake in the command, 130 stopped by Ctrl-C.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import { optionsHelp } from '@tessera/agent/optionDocs'
import { wantsHelp } from '@tessera/agent/options'
import { runMain } from '@tessera/agent/runMain'
import { errorLine } from '@tessera/protocol/errors'
import { catalogue, catalogueText } from './catalogue.ts'
import { type Command, parseCommand, requireTargets } from './command.ts'
import { busyLine, describeMachine, machineLine } from './machine.ts'
import { benchOptions } from './options.ts'
import { writeReport } from './report.ts'
import { resultTable } from './table.ts'

const ABOUT = {
  usage: 'npm run bench -- NAME [options]',
  summary: `Measures one part beside its peer in the same run. NAME is one of:\n\n${catalogueText()}`,
}
/** A call into native code cannot be interrupted; a training step of the largest model takes a few seconds. */
const CLOSE_LIMIT_MS = 30_000

async function runBench({ name, args }: Command, lifecycle: Lifecycle): Promise<void> {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const cacheFolder = join(root, '.tessera', 'bench', name)
  await mkdir(cacheFolder, { recursive: true })
  const machine = describeMachine()
  console.log(`${name} on ${machineLine(machine)}`)
  const busy = busyLine(machine)
  if (busy !== undefined) console.log(busy)
  const entry = catalogue[name]
  const started = performance.now()
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  `
  const results = await ((await entry?.load())?.run({
    root,
    cacheFolder,
    signal: lifecycle.signal,
    log: (line) => console.log(seconds() + line),
    full: args.full,
    resume: args.resume,
    args,
  }) ?? [])
  console.log(`\n${resultTable(results)}\n`)
  if (args.json !== undefined)
    await writeReport(args.json, { bench: name, at: new Date().toISOString(), machine, results })
  requireTargets(name, results)
}

const argv = process.argv.slice(2)
if (wantsHelp(argv)) {
  console.log(optionsHelp(benchOptions, ABOUT))
} else {
  let command: Command | undefined
  try {
    command = parseCommand(argv, Object.keys(catalogue), process.env)
  } catch (error) {
    console.error(errorLine(error))
    process.exitCode = 2
  }
  if (command !== undefined) {
    const parsed = command
    await runMain((lifecycle) => runBench(parsed, lifecycle), { closeLimitMs: CLOSE_LIMIT_MS })
  }
}
