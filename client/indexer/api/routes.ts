// The routes, their parameters and their answers. A parameter in braces stands in the path, others in the query.
// All are GET. An error is an answer of `failure` in failure.ts with status 400, 404, 405, 429, 500 or 503.

import type * as z from 'zod/mini'
import { list } from './fields.ts'
import { earnings, emission, holder, operator } from './holders.ts'
import { memberDetail } from './members.ts'
import { checkpoints, contributions, roundDetail, runDetail, runSummary, series } from './runs.ts'
import { status } from './status.ts'

export const routes = {
  status: { path: '/v1/status', answer: status },
  runs: { path: '/v1/runs', answer: list(runSummary) },
  run: { path: '/v1/runs/{run}', answer: runDetail },
  series: { path: '/v1/runs/{run}/series', query: ['from'], answer: series },
  round: { path: '/v1/runs/{run}/rounds/{round}', answer: roundDetail },
  contributions: {
    path: '/v1/runs/{run}/contributions',
    query: ['cursor', 'limit', 'slot', 'operator', 'status'],
    answer: contributions,
  },
  checkpoints: { path: '/v1/runs/{run}/checkpoints', query: ['cursor', 'limit'], answer: checkpoints },
  miner: { path: '/v1/runs/{run}/miners/{operator}', answer: memberDetail },
  validator: { path: '/v1/runs/{run}/validators/{operator}', answer: memberDetail },
  operators: { path: '/v1/operators', answer: list(operator) },
  holder: { path: '/v1/holders/{address}', answer: holder },
  earnings: {
    path: '/v1/holders/{address}/earnings',
    query: ['cursor', 'limit', 'run', 'epoch', 'operator'],
    answer: earnings,
  },
  emission: { path: '/v1/emission', answer: emission },
} as const satisfies Record<string, { path: string; query?: readonly string[]; answer: z.core.$ZodType }>

export type RouteName = keyof typeof routes
export type Answer<N extends RouteName> = z.output<(typeof routes)[N]['answer']>

/** Server-sent events, named `live`, each an answer of `live` in status.ts. */
export const LIVE_PATH = '/v1/live'
/** What a static build needs to know of the network: config.ts. */
export const CONFIG_PATH = '/config.json'
