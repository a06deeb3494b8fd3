// Child processes for runMain.test.ts, each one way a program may behave. Argument: which. Writes `ready` once it runs.

import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { TesseraError } from '@tessera/protocol/errors'
import { runMain } from './runMain.ts'

const say = (text: string): void => {
  writeSync(1, `${text}\n`)
}
const [, , what] = process.argv

// A handle that holds the process until it is closed.
const server = createServer()
const hold = () => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))

if (what === 'wait' || what === 'wait-ipc' || what === 'wait-stdin')
  await runMain(
    async ({ signal }) => {
      await hold()
      say('ready')
      await untilAborted(signal)
      say(signal.reason.message)
      server.close()
    },
    what === 'wait' ? {} : { parent: what === 'wait-ipc' ? 'ipc' : 'stdin' },
  )

if (what === 'stubborn')
  await runMain(
    async () => {
      await hold()
      say('ready')
      await new Promise(() => {})
    },
    { closeLimitMs: 60_000 },
  )

if (what === 'hanging')
  await runMain(
    async () => {
      await hold()
      say('ready')
      await new Promise(() => {})
    },
    { closeLimitMs: 50 },
  )

if (what === 'leftover') await runMain(hold, { lingerMs: 50 })

if (what === 'fails')
  await runMain(async () => {
    throw new TesseraError('test/failed', 'it\nfailed', { hint: 'Try something else', cause: new Error('deep') })
  })

if (what === 'rejection')
  await runMain(async (lifecycle) => {
    await hold()
    lifecycle.onClose('server', () => say('closed'))
    void Promise.reject(new Error('nobody cares'))
    await new Promise(() => {})
  })

if (what === 'done') await runMain(async (lifecycle) => lifecycle.onClose('x', () => say('closed')))

// A parent that starts `wait-ipc` or `wait-stdin` and shares its standard output with it.
if (what === 'parent-ipc' || what === 'parent-stdin') {
  const link = what.slice('parent-'.length)
  const stdio =
    link === 'ipc' ? (['ignore', 'inherit', 'inherit', 'ipc'] as const) : (['pipe', 'inherit', 'inherit'] as const)
  spawn(process.execPath, [import.meta.filename, `wait-${link}`], { stdio: [...stdio] })
}
