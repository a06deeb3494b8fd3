// Sees to it that a server which does not end with its parent by itself, anvil or Kubo, is ended when the parent is gone.

import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Resolves when the process has ended, or could not be started. */
export function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    // A binary that cannot be started; its exit code stays null and its pid undefined.
    child.once('error', () => resolve())
  })
}

/** Resolves when the guard has ended, which it does after the process that it guards. */
export function startGuard(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.pid === undefined) return Promise.resolve()
  const script = fileURLToPath(new URL('guard.ts', import.meta.url))
  const guard = spawn(process.execPath, [script, String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  // Both may end before this process does; it does not wait for them.
  guard.stdin.on('error', () => undefined)
  const ended = endOf(guard)
  return exited.then(() => {
    guard.stdin.destroy()
    guard.kill('SIGKILL')
    return ended
  })
}
