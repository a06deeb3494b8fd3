// What publishing comes to over time; spread into the metrics of each program.

import type { Metrics } from '@tessera/agent/metrics'

export const publishMetrics = {
  published: {
    type: 'counter',
    what: 'published_blobs',
    unit: 'total',
    help: 'Blobs that a target has by now, or that were removed there, and tries that failed',
    labels: ['target', 'outcome'],
  },
  unpublished: {
    type: 'gauge',
    what: 'unpublished_blobs',
    unit: 'count',
    help: 'Blobs that a target has yet to get',
    labels: ['target'],
  },
  relayed: { type: 'counter', what: 'relayed', unit: 'bytes_total', help: 'Bytes taken in for other operators' },
} as const

export type PublishMetrics = Metrics<typeof publishMetrics>
