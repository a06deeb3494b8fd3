// The options of the validator.

import { defineOptions } from '@tessera/agent/options'
import { nodeOptions } from '@tessera/node/nodeOptions'

export const validatorOptions = defineOptions({
  ...nodeOptions,
  maxMeasured: {
    flag: 'max-measured',
    env: 'TESSERA_MAX_MEASURED',
    type: 'integer',
    default: 16,
    min: 1,
    max: 64,
    unit: 'contributions',
    description: 'How many contributions are measured in a round, in turn; the others count as valid',
  },
  heldOutEvery: {
    flag: 'held-out-every',
    env: 'TESSERA_HELD_OUT_EVERY',
    type: 'integer',
    default: 1,
    min: 0,
    unit: 'rounds',
    description: 'How often the loss on held-out text is measured and logged; 0 for never',
  },
  sampleEvery: {
    flag: 'sample-every',
    env: 'TESSERA_SAMPLE_EVERY',
    type: 'integer',
    default: 0,
    min: 0,
    unit: 'rounds',
    description: 'How often a text that the model writes is logged; 0 for never',
  },
})
