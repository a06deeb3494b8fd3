// The indexer of a test's network as a process of its own, on a port that stays the same, so that it can be killed and started again
// below the pages that ask it.

import { join } from 'node:path'
import { type Child, startChild } from '@tessera/deploy/devnet/childProcess'
import { freePort } from '@tessera/deploy/devnet/freePort'
import { ROOT } from '../../e2e/harness/world.ts'

export interface IndexingOptions {
  readonly rpcUrl: string
  readonly deploymentFile: string
  /** Gateways with the run's own blobs. */
  readonly gateways: readonly string[]
  /** Its database and what the observer keeps: an empty folder for a fresh one. */
  readonly data: string
  /** The built dashboard. */
  readonly site: string
  /** Where its log goes. */
  readonly logs: string
  readonly name: string
}

export interface Indexing {
  readonly url: string
  /** Ends it at once, as a crash would, and starts it on the same database; `meanwhile` happens in between. */
  restart(meanwhile?: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

const HOST = '127.0.0.1'

export async function startIndexing(options: IndexingOptions): Promise<Indexing> {
  const port = await freePort(0, HOST)
  let child = await start(options, port)
  return {
    url: `http://${HOST}:${port}`,
    restart: async (meanwhile) => {
      child.kill('SIGKILL')
      await child.exited
      await meanwhile?.()
      child = await start(options, port)
    },
    stop: async () => {
      await child.stop()
    },
  }
}

/** Resolves when it answers. */
async function start(options: IndexingOptions, port: number): Promise<Child> {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  const child = startChild({
    name: options.name,
    main: join(ROOT, 'client', 'indexer', 'main.ts'),
    argv: [
      ['--rpc', options.rpcUrl],
      ['--deployment', options.deploymentFile],
      ['--data', options.data],
      ['--site', options.site],
      ['--listen-host', HOST],
      ['--listen-port', String(port)],
      ['--gateways', options.gateways.join(',')],
      ['--network', 'devnet'],
      ['--poll-interval', '300ms'],
      ['--device', 'cpu'],
      ['--log-format', 'json'],
      ['--allow-private'],
      ['--stop-with-parent'],
    ].flat(),
    env: {},
    logFile: join(options.logs, `${options.name}.log`),
    onRecord: ({ event }) => {
      if (event === 'open') open()
    },
  })
  const ended = child.exited.then(({ code, signal, lastWords }) => {
    const words = `${options.name} ended (${code ?? signal}): ${lastWords}`
    // One that a test has ended says nothing.
    if (lastWords !== '') process.stderr.write(`${words}\n`)
    throw new Error(words)
  })
  await Promise.race([opened, ended])
  ended.catch(() => undefined)
  return child
}
