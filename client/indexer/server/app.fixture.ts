// The routes over queries that a test makes up, for requests within the process.

import { silentLogger } from '@tessera/agent/logger'
import type { Config } from '../api/config.ts'
import { type RouteName, routes } from '../api/routes.ts'
import type { Queries } from './answers.ts'
import { type App, type AppOptions, createApp } from './app.ts'
import { LiveStreams } from './liveStreams.ts'

export const CONFIG: Config = {
  deployment: '{}',
  rpc: 'http://127.0.0.1:8545',
  indexer: '',
  gateways: [],
  network: 'test',
}

export const BLOCK = { number: 7, hash: `0x${'07'.repeat(32)}`, timestamp: 1_700_000_000 } as const

/** Queries that are not given must not be asked. */
export function testApp(queries: Partial<Queries>, options: Partial<Omit<AppOptions, 'queries'>> = {}): App {
  const unexpected = (name: RouteName) => () => Promise.reject(new Error(`asked for ${name}`))
  const all = Object.fromEntries((Object.keys(routes) as RouteName[]).map((name) => [name, unexpected(name)]))
  return createApp({
    queries: { ...(all as unknown as Queries), ...queries },
    version: () => 'one',
    live: new LiveStreams(),
    config: CONFIG,
    site: undefined,
    metrics: () => Promise.resolve({ text: 'up 1\n', type: 'text/plain' }),
    onAnswer: () => undefined,
    logger: silentLogger,
    ...options,
  })
}

/** Status and code of a refusal. */
export async function refusalOf(response: Response): Promise<readonly [number, string]> {
  const { error } = (await response.json()) as { error: { code: string } }
  return [response.status, error.code]
}
