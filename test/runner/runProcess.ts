// One child process of the test run, with everything that it starts in turn: its own process group, so that it can be ended as a
// whole. Its output goes to the terminal as it comes.

import { spawn } from 'node:child_process'

// Long enough for a network of processes to stop in order.
const GRACE_MS = 10_000

/**
 * Runs Node with these arguments until it ends.
 * @returns Its exit code; 1 when a signal ended it.
 * @throws The signal's reason, once the child is gone, if it aborts first.
 */
export async function runProcess(
  args: readonly string[],
  options: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<number> {
  options.signal.throwIfAborted()
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    // No terminal to read from: a child that is not in the terminal's own group would be stopped when it tries.
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: process.platform !== 'win32',
  })
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.on('error', reject)
  child.on('exit', (code) => resolve(code ?? 1))
  let force: NodeJS.Timeout | undefined
  const onAbort = (): void => {
    signalGroup(child.pid, 'SIGTERM')
    force = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS)
  }
  options.signal.addEventListener('abort', onAbort, { once: true })
  try {
    const code = await promise
    options.signal.throwIfAborted()
    return code
  } finally {
    clearTimeout(force)
    options.signal.removeEventListener('abort', onAbort)
    // Whatever a test left behind must not slow or disturb the next group.
    signalGroup(child.pid, 'SIGKILL')
  }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal)
  } catch (error) {
    // ESRCH: nobody of the group is left, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
