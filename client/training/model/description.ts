// Between the model of a manifest, which leaves nothing to be guessed, and a configuration, which leaves out what is as usual.

import type { ModelDescription } from '@tessera/protocol/manifest'
import { headSize, keyValueHeads, type ModelConfig } from './config.ts'

export function describeModel(config: ModelConfig): ModelDescription {
  return {
    architecture: 'llama',
    vocabSize: config.vocabSize,
    dModel: config.dModel,
    layers: config.layers,
    heads: config.heads,
    keyValueHeads: keyValueHeads(config),
    headSize: headSize(config),
    ffn: config.ffn,
    context: config.context,
    ropeBase: config.ropeBase,
    ropeScaling: config.ropeScaling ?? null,
    normEpsilon: config.normEpsilon,
    tiedEmbeddings: config.tiedEmbeddings ?? false,
  }
}

/** Checked for form alone, as by parseManifest: `checkModelConfig` says whether such a model can be built. */
export function configOf(description: ModelDescription): ModelConfig {
  const { architecture: _, ropeScaling, ...fields } = description
  return ropeScaling === null ? fields : { ...fields, ropeScaling }
}
