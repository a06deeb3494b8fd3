// The Python interpreter with PyTorch that the peers run in: one that the user names, or a virtual environment of our own under
// .tessera/, made once. Not having one is no failure: the benchmark then runs without its peer.

import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import type { BenchContext } from '../bench.ts'

/** Exact versions, so that a result can be had again. NumPy is what torch itself asks for. */
const REQUIREMENTS = ['torch==2.15.0', 'numpy==2.4.6']
/** The x64 wheel for Linux brings the CUDA libraries, whether they are used or not. */
const NEEDED_BYTES = 8e9

const run = promisify(execFile)

/** Path of an interpreter that can import torch, or undefined after saying why there is none. */
export async function findPython(context: BenchContext): Promise<string | undefined> {
  const { python, install } = context.args
  if (python !== undefined) {
    if (await hasTorch(python, context.signal)) return python
    context.log(`${python} cannot import torch: running without the peer`)
    return undefined
  }
  const folder = join(context.root, '.tessera', 'bench', 'python')
  const own = interpreterIn(folder)
  if ((await installed(folder)) === REQUIREMENTS.join(' ')) return own
  if (!install) {
    context.log('no Python peer is set up and --no-install was given: running without the peer')
    return undefined
  }
  return (await setUp(folder, context)) ? own : undefined
}

async function hasTorch(python: string, signal: AbortSignal): Promise<boolean> {
  try {
    await run(python, ['-c', 'import torch'], { signal })
    return true
  } catch (error) {
    signal.throwIfAborted()
    return error === undefined
  }
}

function interpreterIn(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')
}

/** What a finished set-up left behind; undefined for none or a half one. */
async function installed(folder: string): Promise<string | undefined> {
  return await readFile(join(folder, 'installed'), 'utf8').catch(() => undefined)
}

async function setUp(folder: string, { log, signal }: BenchContext): Promise<boolean> {
  await mkdir(folder, { recursive: true })
  const { bavail, bsize } = await statfs(folder)
  const without = (reason: string): false => {
    log(`${reason}: running without the peer. An interpreter that has torch can be named with --python PATH`)
    return false
  }
  if (bavail * bsize < NEEDED_BYTES) return without(`the Python peer needs ${NEEDED_BYTES / 1e9} GB of free disk space`)
  const python = process.platform === 'win32' ? 'python' : 'python3'
  try {
    await run(python, ['-m', 'venv', '--clear', folder], { signal })
  } catch (error) {
    signal.throwIfAborted()
    return without(`${python} cannot make a virtual environment (${lastLine(error)})`)
  }
  log(
    `setting up the Python peer in ${folder}: ${REQUIREMENTS.join(', ')}. On Linux x64 that is a download of 2 to 3 GB`,
  )
  log('and 6 GB on disk, once; it takes some minutes. Ctrl-C stops it, --no-install leaves it out.')
  try {
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', ...REQUIREMENTS]
    await run(interpreterIn(folder), pip, { signal, maxBuffer: 2 ** 26 })
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    signal.throwIfAborted()
    return without(`pip could not install it (${lastLine(error)})`)
  }
  await writeFileAtomic(join(folder, 'installed'), new TextEncoder().encode(REQUIREMENTS.join(' ')))
  return true
}

function lastLine(error: unknown): string {
  const { stderr = '', message = '' } = error as { readonly stderr?: string; readonly message?: string }
  return (stderr.trim() || message).split('\n').at(-1) ?? ''
}
