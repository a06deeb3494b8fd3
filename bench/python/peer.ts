// A Python process that answers requests, one at a time: how the two sides of a benchmark take turns. While it is not asked it does
// nothing, so our own side has the machine to itself.

import { join } from 'node:path'
import { LineProcess } from '../lineProcess.ts'

export interface PeerOptions {
  readonly root: string
  readonly python: string
  /** Path of the script, which calls serve() of serve.py. */
  readonly script: string
  readonly threads: number
  readonly signal: AbortSignal
}

export class PythonPeer extends LineProcess {
  constructor({ root, python, script, threads, signal }: PeerOptions) {
    super({
      title: 'the Python peer',
      hint: 'Leave the peer out with --no-install, or name another interpreter with --python',
      command: python,
      args: [script],
      signal,
      env: {
        PYTHONPATH: join(root, 'bench', 'python'),
        // The working tree stays as it is.
        PYTHONDONTWRITEBYTECODE: '1',
        OMP_NUM_THREADS: String(threads),
        MKL_NUM_THREADS: String(threads),
      },
    })
  }
}
