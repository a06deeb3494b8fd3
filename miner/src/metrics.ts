// The miner's round as numbers over time.

import { createMetrics } from '@tessera/agent/metrics'
import { blobMetrics } from '@tessera/node/blobMetrics'
import { publishMetrics } from '@tessera/node/publishMetrics'

const minerMetrics = {
  ...blobMetrics,
  ...publishMetrics,
  stateRound: { type: 'gauge', what: 'state', unit: 'round', help: 'Round of the shared state that the miner holds' },
  trainedRounds: {
    type: 'counter',
    what: 'trained_rounds',
    unit: 'total',
    help: 'Rounds in which a contribution was made',
  },
  trainingLoss: {
    type: 'gauge',
    what: 'training_loss',
    unit: 'nats',
    help: 'Loss of the last training step, per token',
  },
  trainedTokens: { type: 'counter', what: 'trained_tokens', unit: 'total', help: 'Tokens trained on' },
  contributionBytes: { type: 'gauge', what: 'contribution', unit: 'bytes', help: 'Size of the last contribution' },
} as const

export const openMetrics = () => createMetrics({ component: 'miner', table: minerMetrics })
export type MinerMetrics = ReturnType<typeof openMetrics>['metrics']
