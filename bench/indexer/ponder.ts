// Ponder as somebody would use it for the same chain, with less to do: one table of rounds and one of all other events. Ours also
// replays the run, works out what everyone earned and reads receipts for gas.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Deployment } from '@tessera/chain/addresses'
import { runCoordinatorAbi } from '@tessera/chain/generated/runCoordinator'
import { freePort } from '@tessera/deploy/devnet/freePort'
import type { Program } from './program.ts'

export const PONDER = '0.16.10'

export interface PonderRequest {
  readonly folder: string
  readonly rpcUrl: string
  readonly deployment: Deployment
  /** Rounds that it has to know. */
  readonly rounds: number
  readonly log: (line: string) => void
}

/** Installs it if it is not there, and writes its project anew, without what it had stored. */
export async function ponderProgram({ folder, rpcUrl, deployment, rounds, log }: PonderRequest): Promise<Program> {
  await mkdir(join(folder, 'src', 'api'), { recursive: true })
  await rm(join(folder, '.ponder'), { recursive: true, force: true })
  const file = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text)
  await file('package.json', '{ "name": "peer", "private": true, "type": "module" }\n')
  await file('ponder.config.ts', configOf(deployment))
  await file('ponder.schema.ts', SCHEMA)
  await file(join('src', 'index.ts'), handlers())
  await file(join('src', 'api', 'index.ts'), API)
  if (!existsSync(join(folder, 'node_modules', 'ponder', 'package.json'))) {
    log(`installing Ponder ${PONDER}`)
    const args = [
      'install',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      `ponder@${PONDER}`,
      'viem@2.57.20',
      'hono@4.13.19',
    ]
    const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' })
    if (status !== 0) throw new Error(`npm could not install Ponder (${status})`)
  }
  const port = await freePort(0, '127.0.0.1')
  return {
    command: process.execPath,
    args: [
      join(folder, 'node_modules', 'ponder', 'dist', 'esm', 'bin', 'ponder.js'),
      'start',
      '--schema',
      'bench',
      '--port',
      String(port),
    ],
    folder,
    env: { PONDER_RPC_URL: rpcUrl, PONDER_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
    isDone: async () => {
      try {
        const response = await fetch(`http://127.0.0.1:${port}/rounds`)
        return response.ok && Number(await response.text()) === rounds
      } catch {
        // Not listening yet.
        return false
      }
    },
  }
}

function configOf({ chainId, runCoordinator, fromBlock }: Deployment): string {
  return `import { createConfig } from 'ponder'
export default createConfig({
  chains: { bench: { id: ${chainId}, rpc: process.env.PONDER_RPC_URL } },
  contracts: {
    RunCoordinator: { chain: 'bench', address: '${runCoordinator}', startBlock: ${fromBlock}, abi: ${JSON.stringify(runCoordinatorAbi)} },
  },
})
`
}

const SCHEMA = `import { onchainTable } from 'ponder'
export const rounds = onchainTable('rounds', (t) => ({ id: t.text().primaryKey(), root: t.hex(), included: t.bigint(), at: t.bigint() }))
export const events = onchainTable('events', (t) => ({ id: t.text().primaryKey(), name: t.text(), body: t.text(), block: t.bigint() }))
`

const API = `import { db } from 'ponder:api'
import schema from 'ponder:schema'
import { count } from 'ponder'
import { Hono } from 'hono'
const app = new Hono()
app.get('/rounds', async (c) => c.text(String((await db.select({ n: count() }).from(schema.rounds))[0].n)))
export default app
`

function handlers(): string {
  const names = runCoordinatorAbi.flatMap((entry) => (entry.type === 'event' ? [entry.name] : []))
  const others = names.filter((name) => name !== 'RoundFinalized')
  const text = `JSON.stringify(event.args, (_, v) => (typeof v === 'bigint' ? v.toString() : v))`
  return `import { ponder } from 'ponder:registry'
import { events, rounds } from 'ponder:schema'
ponder.on('RunCoordinator:RoundFinalized', async ({ event, context }) => {
  await context.db.insert(rounds).values({ id: event.args.run + '/' + event.args.round, root: event.args.root, included: event.args.included, at: event.block.timestamp })
})
for (const name of ${JSON.stringify(others)})
  ponder.on('RunCoordinator:' + name, async ({ event, context }) => {
    await context.db.insert(events).values({ id: event.id, name, body: ${text}, block: event.block.number })
  })
`
}
