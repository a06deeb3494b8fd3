// The validator's round as numbers over time.

import { createMetrics } from '@tessera/agent/metrics'
import { blobMetrics } from '@tessera/node/blobMetrics'
import { publishMetrics } from '@tessera/node/publishMetrics'

const validatorMetrics = {
  ...blobMetrics,
  ...publishMetrics,
  stateRound: {
    type: 'gauge',
    what: 'state',
    unit: 'round',
    help: 'Round of the shared state that the validator holds',
  },
  heldOutLoss: { type: 'gauge', what: 'held_out_loss', unit: 'nats', help: 'Loss on held-out text, per token' },
} as const

export const openMetrics = () => createMetrics({ component: 'validator', table: validatorMetrics })
export type ValidatorMetrics = ReturnType<typeof openMetrics>['metrics']
