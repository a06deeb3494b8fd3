// What `npm run bench -- NAME [options]` asks for, and how a run of it ends: pure, so that it can be tested. main.ts does it.

import { parseOptions } from '@tessera/agent/options'
import { TesseraError } from '@tessera/protocol/errors'
import type { BenchArguments, BenchResult } from './bench.ts'
import { benchOptions } from './options.ts'

export interface Command {
  readonly name: string
  readonly args: BenchArguments
}

/**
 * The first word names the benchmark, the rest are options.
 * @param names those that exist.
 * @throws `bench/no-such`, and what parseOptions throws: all of them mistakes of the caller.
 */
export function parseCommand(
  argv: readonly string[],
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Command {
  const [name, ...rest] = argv
  if (name === undefined || !names.includes(name))
    throw new TesseraError(
      'bench/no-such',
      name === undefined ? 'no benchmark is named' : `no benchmark is "${name}"`,
      {
        hint: `npm run bench -- NAME, where NAME is one of ${names.join(', ')}`,
        context: { name },
      },
    )
  return { name, args: parseOptions(benchOptions, { argv: rest, env }) }
}

/** @throws `bench/target-missed` naming the metrics whose targets were not met. */
export function requireTargets(name: string, results: readonly BenchResult[]): void {
  const missed = results.filter(({ ok }) => ok === false)
  if (missed.length === 0) return
  const judged = results.filter(({ ok }) => ok !== null).length
  throw new TesseraError('bench/target-missed', `${name} misses ${missed.length} of ${judged} targets`, {
    hint: missed.map(({ metric, target }) => `${metric}: ${target}`).join('; '),
    context: { missed: missed.map(({ metric }) => metric) },
  })
}
