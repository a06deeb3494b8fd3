// `npm run bench -- indexer`: how long until an indexer answers for a whole chain, from nothing and after a crash, and in how much
// memory. Ours and Ponder, one after the other, over the same chain: a run that was really played, in this process.

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatDeployment } from '@tessera/chain/addresses'
import { freePort } from '@tessera/deploy/devnet/freePort'
import type { BenchContext, BenchResult } from '../bench.ts'
import { benchResult } from '../bench.ts'
import { GasChain } from '../gas/chain.ts'
import { Play } from '../gas/play.ts'
import { ROUNDS_PER_EPOCH, staffedRun } from '../gas/run.ts'
import { PONDER, ponderProgram } from './ponder.ts'
import { type Measured, measureStart, type Program } from './program.ts'
import { serveRpc } from './rpcServer.ts'

const POPULATION = { miners: 20, validators: 5 }
const ROUNDS = 40
/** Each starts so often from nothing, and as often after a kill. */
const TURNS = 2

export async function run({ root, cacheFolder, signal, log, full }: BenchContext): Promise<readonly BenchResult[]> {
  const rounds = full ? 5 * ROUNDS : ROUNDS
  log(`playing ${rounds} rounds with ${POPULATION.miners} miners`)
  const gas = await GasChain.start(signal)
  const staffed = await staffedRun(gas, 'indexed', POPULATION, signal)
  const play = new Play(gas, staffed.run, signal)
  await play.advance()
  for (let round = 1; round <= rounds; round++) {
    await play.round(round)
    if (round % ROUNDS_PER_EPOCH === 0) await play.scores(round / ROUNDS_PER_EPOCH)
  }
  const rpc = await serveRpc(gas.request)
  try {
    const { deployment } = gas.chain
    const folder = join(cacheFolder, 'ours')
    const ours = await ourProgram({ root, folder, rpcUrl: rpc.url, deployment: formatDeployment(deployment), rounds })
    const peerFolder = join(cacheFolder, 'ponder')
    const peer = await ponderProgram({ folder: peerFolder, rpcUrl: rpc.url, deployment, rounds, log })
    const clear = { ours: join(folder, 'data'), peer: join(peerFolder, '.ponder') }
    const a = await measured('ours', ours, clear.ours, signal, log)
    const b = await measured('Ponder', peer, clear.peer, signal, log)
    return results(rounds, a, b)
  } finally {
    await rpc.close()
    await gas.close()
  }
}

interface Sides {
  readonly fresh: Measured
  readonly again: Measured
}

async function measured(
  name: string,
  program: Program,
  stored: string,
  signal: AbortSignal,
  log: BenchContext['log'],
): Promise<Sides> {
  const turns: Sides[] = []
  for (let turn = 0; turn < TURNS; turn++) {
    await rm(stored, { recursive: true, force: true })
    const fresh = await measureStart(program, signal)
    const again = await measureStart(program, signal)
    log(`${name}: ${fresh.seconds.toFixed(1)} s from nothing, ${again.seconds.toFixed(1)} s after a kill`)
    turns.push({ fresh, again })
  }
  return { fresh: middle(turns.map(({ fresh }) => fresh)), again: middle(turns.map(({ again }) => again)) }
}

function middle(of: readonly Measured[]): Measured {
  const sorted = of.toSorted((a, b) => a.seconds - b.seconds)
  const found = sorted[sorted.length >> 1]
  if (found === undefined) throw new TypeError('nothing was measured')
  return found
}

function results(rounds: number, ours: Sides, ponder: Sides): BenchResult[] {
  const peer = `Ponder ${PONDER}`
  const what = `${rounds} rounds, ${POPULATION.miners} miners`
  const seconds = (metric: string, a: Measured, b: Measured): BenchResult =>
    benchResult({ metric, value: a.seconds, unit: 's', peer, peerValue: b.seconds, target: 'ratio <= 1' })
  const memory = { value: ours.fresh.peakBytes / 1e6, peerValue: ponder.fresh.peakBytes / 1e6 }
  return [
    seconds(`first answer, ${what}`, ours.fresh, ponder.fresh),
    seconds('first answer after kill -9', ours.again, ponder.again),
    benchResult({ metric: 'peak memory', unit: 'MB', peer, target: 'ratio <= 1', ...memory }),
  ]
}

interface OurRequest {
  readonly root: string
  readonly folder: string
  readonly rpcUrl: string
  /** Contents of the deployment file. */
  readonly deployment: string
  readonly rounds: number
}

async function ourProgram({ root, folder, rpcUrl, deployment, rounds }: OurRequest): Promise<Program> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'deployment.json')
  await writeFile(file, deployment)
  const port = await freePort(0, '127.0.0.1')
  const options = {
    rpc: rpcUrl,
    deployment: file,
    data: join(folder, 'data'),
    'listen-port': String(port),
    observe: 'false',
    'log-level': 'error',
  }
  return {
    command: process.execPath,
    args: [
      join(root, 'client', 'indexer', 'main.ts'),
      ...Object.entries(options).map(([flag, value]) => `--${flag}=${value}`),
      '--allow-private',
    ],
    folder,
    isDone: async () => {
      try {
        const response = await fetch(`http://127.0.0.1:${port}/v1/runs`)
        const runs = (await response.json()) as readonly { readonly finalRounds: number }[]
        return response.ok && runs[0]?.finalRounds === rounds
      } catch {
        // Not listening yet.
        return false
      }
    },
  }
}
