// An indexer as a process: started, asked until it answers for the whole chain, killed. Linux only: memory is read from /proc.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** Whether it has answered for everything. */
  readonly isDone: () => Promise<boolean>
}

export interface Measured {
  readonly seconds: number
  /** Largest resident memory, bytes. */
  readonly peakBytes: number
}

const ASK_MS = 50
const LIMIT_MS = 5 * 60_000

/** From the start of the process to its answer; it is killed then, without warning. */
export async function measureStart(program: Program, signal: AbortSignal): Promise<Measured> {
  const { command, args, folder, env } = program
  const started = performance.now()
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  })
  let words = ''
  child.stderr.on('data', (piece: Buffer) => {
    words = (words + piece.toString()).slice(-2_000)
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  try {
    while (!(await program.isDone())) {
      if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${words}`)
      if (performance.now() - started > LIMIT_MS) throw new Error(`${command} has no answer: ${words}`)
      await delay(ASK_MS, undefined, { signal })
    }
    return { seconds: (performance.now() - started) / 1_000, peakBytes: peakOf(child) }
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

function peakOf({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return 1_024 * Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN)
}
