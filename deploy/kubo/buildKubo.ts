// @testonly Kubo, the IPFS daemon, built from the Go module of one version: for tests and measurements against the real thing. Nobody needs it to run
// a node. Needs Go and, the first time, the network and some minutes.

import { spawn } from 'node:child_process'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'

// Not 0.43.1: it replaces go-libp2p by a fork at a commit, which not every module proxy has. The difference is in QUIC, which nothing here uses.
export const KUBO_VERSION = '0.43.0'
const MODULE = `github.com/ipfs/kubo@v${KUBO_VERSION}`
const SUM = 'h1:yIqtKSCSKZXsYHz68J6hf1/dWOe/eMyaPsTubsVUb3M='

export interface BuildOptions {
  /** Folder that keeps the binary. */
  readonly home: string
  readonly print: (line: string) => void
  /** Runs a program to its end. */
  readonly run?: Run
}

export type Run = (
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env: NodeJS.ProcessEnv },
) => Promise<{ readonly code: number | null; readonly said: string; readonly missing: boolean }>

/**
 * Path of the binary; builds it if it is not there, or is another version.
 * @throws `kubo/no-go`, `kubo/wrong-sum`, `kubo/no-build`
 */
export async function buildKubo({ home, print, run = runProgram }: BuildOptions): Promise<string> {
  const binary = join(home, process.platform === 'win32' ? 'ipfs.exe' : 'ipfs')
  if ((await versionOf(run, binary)) === KUBO_VERSION) return binary
  print(`building Kubo ${KUBO_VERSION} (four minutes on two cores, the first time)`)
  await mkdir(home, { recursive: true })
  const { Dir: sources, Sum: sum } = JSON.parse(await go(run, ['mod', 'download', '-json', MODULE], home)) as {
    Dir: string
    Sum: string
  }
  if (sum !== SUM)
    throw new TesseraError('kubo/wrong-sum', `the Go module ${MODULE} has the sum ${sum}`, {
      hint: 'It is not the one that was reviewed: ask another module proxy (GOPROXY)',
      context: { expected: SUM, actual: sum },
    })
  // In its own folder, so that its own go.mod and go.sum hold for everything that it is made of.
  const draft = join(home, 'ipfs.incomplete')
  await go(run, ['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-o', draft, './cmd/ipfs'], sources)
  await rename(draft, binary)
  const built = await versionOf(run, binary)
  if (built === KUBO_VERSION) return binary
  await rm(binary, { force: true })
  throw new TesseraError('kubo/no-build', `what was built says that it is Kubo ${built}`, {
    hint: 'Remove .tessera/kubo and run this again',
    context: { expected: KUBO_VERSION, built },
  })
}

async function go(run: Run, args: readonly string[], cwd: string): Promise<string> {
  // Kubo asks for a newer Go than some systems have; Go fetches that itself.
  const { code, said, missing } = await run('go', args, { cwd, env: { GOTOOLCHAIN: 'auto', GOFLAGS: '' } })
  if (missing)
    throw new TesseraError('kubo/no-go', 'there is no Go on this machine', {
      hint: 'Install Go 1.26 or newer (https://go.dev/dl), then run this again',
    })
  if (code === 0) return said
  throw new TesseraError('kubo/no-build', `go ${args[0]} ended with code ${code}`, {
    hint: 'Go says above why',
    context: { args: args.join(' ') },
  })
}

async function versionOf(run: Run, binary: string): Promise<string | undefined> {
  const { code, said } = await run(binary, ['version', '--number'], { env: { IPFS_TELEMETRY: 'off' } })
  return code === 0 ? said.trim() : undefined
}

const runProgram: Run = (program, args, { env, ...options }) =>
  new Promise((resolve) => {
    const child = spawn(program, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.on('error', () => resolve({ code: null, said, missing: true }))
    child.on('close', (code) => resolve({ code, said, missing: false }))
  })
