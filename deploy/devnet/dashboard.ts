// The dashboard of a network on this machine: the indexer as a process of its own, which serves the build. The network goes on
// whatever becomes of it: what is wrong is one line.

import { join } from 'node:path'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import { errorLine } from '@tessera/protocol/errors'
import type { Device } from '@tessera/training/session'
import { type Child, startChild } from './childProcess.ts'
import type { Place } from './network.ts'

export interface DashboardRequest {
  readonly root: string
  /** Of the network. */
  readonly data: string
  readonly place: Place
  /** Of the build; rejects when there is none. */
  readonly site: Promise<string>
  readonly port: number
  /** What the model is measured on. */
  readonly choosing: Promise<{ readonly device: Device }>
  readonly logLevel: string
  readonly lifecycle: Lifecycle
  readonly print: (line: string) => void
}

/** Behind the nodes, whose work must not wait for those who watch it. */
const NICENESS = 5

/** Resolves when the process runs, or it has been told why it does not. */
export async function startDashboard(request: DashboardRequest): Promise<void> {
  const { site, choosing, lifecycle, print } = request
  try {
    const child = startIndexer(request, await site, (await choosing).device)
    lifecycle.onClose('indexer', () => child.stop())
    child.exited.then(
      ({ code, signal, lastWords }) => {
        if (!lifecycle.signal.aborted)
          print(`dashboard  ended (${code ?? signal}): ${lastWords.split('\n').at(-1) ?? ''}`)
      },
      (error: unknown) => print(`dashboard  ${errorLine(error)}`),
    )
  } catch (error) {
    if (!lifecycle.signal.aborted) print(`dashboard  ${errorLine(error)}`)
  }
}

function startIndexer(request: DashboardRequest, site: string, device: Device): Child {
  const { root, data, place, port, logLevel, print } = request
  const argv = [
    ['--rpc', place.rpcUrl],
    ['--deployment', place.deploymentFile],
    ['--data', join(data, 'indexer')],
    ['--site', site],
    ['--listen-host', '127.0.0.1'],
    ['--listen-port', String(port)],
    ['--gateways', place.mirror],
    ['--network', 'devnet'],
    ['--device', device],
    ['--log-level', logLevel],
    ['--log-format', 'json'],
    ['--allow-private'],
    ['--stop-with-parent'],
  ].flat()
  return startChild({
    name: 'indexer',
    main: join(root, 'client/indexer/main.ts'),
    argv,
    env: {},
    logFile: join(data, 'logs', 'indexer.log'),
    niceness: NICENESS,
    onRecord: ({ event, url }) => {
      if (event === 'open' && typeof url === 'string') print(`dashboard  ${url}`)
    },
  })
}
