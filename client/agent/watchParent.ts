// Stops a child process when its parent dies, so that nothing is left running behind a crashed supervisor. Two links can tell: the
// IPC channel of child_process.fork, and a standard input that the parent holds open and never writes to.

import { TesseraError } from '@tessera/protocol/errors'
import type { Lifecycle } from './lifecycle.ts'

/** `ipc`: spawned with an `ipc` channel in its stdio. `stdin`: spawned with a pipe as standard input. */
export type ParentLink = 'ipc' | 'stdin'

/** The part of `process` that is used. */
export interface ParentHost {
  readonly connected?: boolean | undefined
  readonly channel?: { unref(): void } | null | undefined
  readonly stdin: NodeJS.EventEmitter & { resume(): unknown; unref?(): unknown; readonly readableEnded?: boolean }
  on(event: string, listener: (value: unknown) => void): unknown
}

/**
 * Calls `lifecycle.stop` when the parent is gone. Does not keep the process alive by itself.
 * @throws lifecycle/no-parent when `ipc` is asked for and the process has no channel.
 */
export function watchParent(lifecycle: Lifecycle, link: ParentLink, host: ParentHost): void {
  const onGone = () => lifecycle.stop('parent process is gone')
  if (link === 'stdin') {
    host.stdin.on('end', onGone)
    host.stdin.on('close', onGone)
    // A read error of the pipe tells the same as its end.
    host.stdin.on('error', onGone)
    host.stdin.resume()
    host.stdin.unref?.()
    return
  }
  if (host.connected !== true)
    throw new TesseraError('lifecycle/no-parent', 'there is no IPC channel to a parent process', {
      hint: 'Start it with an ipc entry in stdio, or watch standard input instead',
    })
  host.on('disconnect', onGone)
  // Node keeps a process with a disconnect listener alive for its channel; here the channel must not outlive the work.
  host.channel?.unref()
}
