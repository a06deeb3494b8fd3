// What a command of `tessera` is, and what it is given. Results go to standard output, so that they can be piped; everything else to
// standard error.

import type { Clock } from '@tessera/agent/clock'
import type { Dialogue } from '@tessera/agent/dialogue'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import type { OptionTable, Resolved } from '@tessera/agent/optionTable'
import type { Progress } from '@tessera/agent/progress'

/** The streams of the process, or a test's. */
export interface Streams {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

export interface Scene extends Streams {
  readonly lifecycle: Lifecycle
  readonly signal: AbortSignal
  readonly progress: Progress
  /** A line for the person at the terminal: not part of the result. */
  readonly note: (line: string) => void
  readonly clock: Clock
  /** Who can be asked; undefined when there is no terminal. */
  readonly dialogue: Dialogue | undefined
}

export interface Command<T extends OptionTable = OptionTable> {
  /** Its words after `tessera`. */
  readonly name: string
  /** One sentence. */
  readonly summary: string
  readonly options: T
  run(options: Resolved<T>, scene: Scene): Promise<void>
}

/** Keeps the type of the options for `run`, which a list of commands forgets. */
export function defineCommand<const T extends OptionTable>(command: Command<T>): Command {
  // SAFETY: run is only ever called with what parseOptions made of the same table.
  return command as unknown as Command
}

/** Writes a line of the result. */
export function writeLine(scene: Scene, line: string): void {
  scene.output.write(`${line}\n`)
}
