// Runs command lines of `tessera` in a test: with a person at the terminal who gives prepared answers, or without.

import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { Lifecycle } from '@tessera/agent/lifecycle'
import { parseOptions } from '@tessera/agent/options'
import type { Scene } from './command.ts'
import { commands, findCommand } from './commands.ts'

export interface Ran {
  /** Standard output. */
  readonly written: string
  /** What the person was told beside the result. */
  readonly notes: readonly string[]
  readonly questions: readonly string[]
}

export interface Person {
  /** What is typed at one question after the other. Absent: there is no terminal. */
  readonly answers?: readonly string[]
  /** Standard input, for commands that read it. */
  readonly input?: string
}

/** A scene, and what has been seen on it so far. */
export function stage(t: Pick<TestContext, 'after'>, { answers, input = '' }: Person = {}) {
  const lifecycle = new Lifecycle()
  t.after(() => lifecycle.close())
  const output = new PassThrough()
  const written = buffer(output)
  const notes: string[] = []
  const questions: string[] = []
  const source = new PassThrough()
  source.end(input)
  let now = 0
  const left = [...(answers ?? [])]
  const ask = async (question: string): Promise<string> => {
    questions.push(question)
    const answer = left.shift()
    if (answer === undefined) throw new Error(`nobody expected the question: ${question}`)
    return answer
  }
  const bar = { update: () => undefined, finish: () => undefined }
  const scene: Scene = {
    lifecycle,
    signal: lifecycle.signal,
    progress: { start: () => bar, close: () => undefined },
    // Nobody waits: what a test waits for comes when it is looked for.
    clock: { now: () => ++now, sleep: async (_ms, signal) => signal?.throwIfAborted() },
    note: (line) => notes.push(line),
    dialogue: answers === undefined ? undefined : { ask },
    input: source,
    output,
  }
  const end = async (): Promise<Ran> => {
    output.end()
    return { written: (await written).toString('utf8'), notes, questions }
  }
  return { scene, notes, questions, end }
}

/** Runs a command line to its end. */
export async function tessera(
  t: Pick<TestContext, 'after'>,
  argv: readonly string[],
  person: Person = {},
): Promise<Ran> {
  const { command, rest } = findCommand(commands, argv)
  const { scene, end } = stage(t, person)
  await command.run(parseOptions(command.options, { argv: rest, env: {} }), scene)
  return await end()
}
