// A Python of our own for the interop tests: a virtual environment under .tessera/ with pinned packages, made once and again when
// the pins change. Python itself must be there; without it the tests fail rather than pass by doing nothing.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const OLDEST = [3, 11] as const

export interface PythonEnvironment {
  /** Path of the interpreter that sees the packages. */
  readonly python: string
  /** Runs a program and waits; its output goes to the terminal. Throws when it fails. */
  run(args: readonly string[]): void
}

/** @param requirements paths of requirements files @param folder where the environment is or will be */
export function pythonEnvironment(folder: string, requirements: readonly string[]): PythonEnvironment {
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const stamp = join(folder, 'installed')
  const digest = createHash('sha256')
  for (const path of requirements) digest.update(readFileSync(path))
  const wanted = digest.digest('hex')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    execute(systemPython(), ['-m', 'venv', folder])
    const files = requirements.flatMap((path) => ['-r', path])
    execute(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...files])
    writeFileSync(stamp, wanted)
  }
  return { python, run: (args) => execute(python, args) }
}

/** The first Python that is new enough: TESSERA_PYTHON, python3, python. */
function systemPython(): string {
  const candidates = [process.env.TESSERA_PYTHON, 'python3', 'python'].filter((name) => name !== undefined)
  const script = 'import sys; print(*sys.version_info[:2])'
  for (const candidate of candidates) {
    const { status, stdout } = spawnSync(candidate, ['-c', script], { encoding: 'utf8' })
    const [major = 0, minor = 0] = status === 0 ? stdout.trim().split(' ').map(Number) : []
    if (major === OLDEST[0] && minor >= OLDEST[1]) return candidate
  }
  throw new Error(`no Python ${OLDEST.join('.')} or newer: install it, or name one in TESSERA_PYTHON`)
}

function execute(program: string, args: readonly string[]): void {
  // One thread of BLAS and XLA would do; what matters is that no GPU is looked for and nothing is fetched but the packages.
  const env = { ...process.env, JAX_PLATFORMS: 'cpu', HF_HUB_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'false' }
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'], env })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`)
}
