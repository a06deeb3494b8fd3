// The options of the miner.

import { defineOptions } from '@tessera/agent/options'
import { nodeOptions } from '@tessera/node/nodeOptions'

export const minerOptions = defineOptions({
  ...nodeOptions,
  stepsPerCall: {
    flag: 'steps-per-call',
    env: 'TESSERA_STEPS_PER_CALL',
    type: 'integer',
    default: 5,
    min: 1,
    unit: 'steps',
    description: 'Training steps between two chances to report progress or stop; more is a little faster',
  },
})
