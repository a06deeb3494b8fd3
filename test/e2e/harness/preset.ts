// The network of the end-to-end tests: a smaller model and shorter phases than `npm start`, everything else the same.

import { devnetPreset, overlapped, type Preset } from '@tessera/deploy/devnet/preset'

const TOKEN = 10n ** 18n

export const e2ePreset: Preset = {
  ...devnetPreset,
  name: 'e2e-0.1M',
  model: { ...devnetPreset.model, dModel: 64, layers: 2, heads: 2, ffn: 176, context: 64 },
  heldOutSamples: 16,
  training: { ...devnetPreset.training, steps: 12, batch: 4 },
  evaluation: { ...devnetPreset.evaluation, samples: 8 },
  timing: {
    trainSeconds: 6,
    commitSeconds: 3,
    revealSeconds: 4,
    attestSeconds: 6,
    scoreCommitSeconds: 15,
    scoreRevealSeconds: 10,
    roundsPerEpoch: 2,
  },
  // Any two of three have two thirds of the weight, so that one may be dead; still unequal.
  validatorStakes: [4_100n * TOKEN, 4_050n * TOKEN, 4_000n * TOKEN],
}

/** Rounds that overlap, with phases that end when all have acted: a node that comes late is waited for. */
const apart = overlapped(e2ePreset)
export const overlapPreset: Preset = {
  ...apart,
  timing: { ...apart.timing, trainSeconds: 20, commitSeconds: 5, revealSeconds: 20, attestSeconds: 20 },
}
