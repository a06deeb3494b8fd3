// The indexer as numbers over time.

import { createMetrics } from '@tessera/agent/metrics'

const indexerMetrics = {
  indexedBlock: {
    type: 'gauge',
    what: 'indexed_block',
    unit: 'count',
    help: 'Number of the newest block that is indexed',
  },
  headBlock: {
    type: 'gauge',
    what: 'head_block',
    unit: 'count',
    help: 'Number of the newest block that the RPC server told of',
  },
  blockTime: {
    type: 'gauge',
    what: 'indexed_block',
    unit: 'timestamp_seconds',
    help: 'Time of the newest block that is indexed: the difference to now is the lag',
  },
  reorgs: { type: 'counter', what: 'reorgs', unit: 'total', help: 'Times that the chain lost blocks' },
  failures: { type: 'counter', what: 'failed_polls', unit: 'total', help: 'Looks at the chain that failed' },
  observed: { type: 'counter', what: 'observed', unit: 'total', help: 'Things that the observer found out' },
  answers: {
    type: 'histogram',
    what: 'answer',
    unit: 'seconds',
    help: 'Time to an answer; from a kept one to the longest query of a long run',
    labels: ['route', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
  },
  streams: { type: 'gauge', what: 'streams', unit: 'count', help: 'Live streams that are open' },
  dropped: {
    type: 'gauge',
    what: 'dropped_streams',
    unit: 'count',
    help: 'Live streams ended since their reader was too slow',
  },
} as const

export const openMetrics = () => createMetrics({ component: 'indexer', table: indexerMetrics, processMetrics: true })
export type IndexerMetrics = ReturnType<typeof openMetrics>['metrics']
