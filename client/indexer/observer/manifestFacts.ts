// What a run's manifest says, for people.

import type { LearningRateSchedule } from '@tessera/protocol/learningRate'
import { type Manifest, manifestLayout } from '@tessera/protocol/manifest'
import type { ObservedManifest } from './book.ts'

export function manifestFacts(manifest: Manifest): ObservedManifest {
  const { model, tokenizer, data, training, codec, aggregation, evaluation } = manifest
  const { optimizer } = training
  const samples = training.steps * training.batch
  const tokensPerSample = data.sampleTokens
  const facts: readonly (readonly [string, string])[] = [
    ['Architecture', 'LLaMA'],
    ['Layers', whole(model.layers)],
    ['Width', whole(model.dModel)],
    ['Heads', `${model.heads}, ${model.keyValueHeads} for keys and values, of ${model.headSize}`],
    ['Feed-forward width', whole(model.ffn)],
    ['Context', `${whole(model.context)} tokens`],
    ['Vocabulary', `${whole(model.vocabSize)} tokens`],
    ['Tokenizer', tokenizer.kind === 'bytes' ? 'bytes of UTF-8' : `Hugging Face, ${whole(tokenizer.size)} bytes`],
    ['Embeddings', model.tiedEmbeddings ? 'shared with the head' : 'apart from the head'],
    ['Training text', `${whole(data.trainSamples * data.sampleTokens)} tokens`],
    ['Held-out text', `${whole(data.heldOutSamples * data.sampleTokens)} tokens`],
    ['Inner steps of a round', whole(training.steps)],
    ['Rounds', training.overlap ? 'trained while the one before is decided' : 'one after the other'],
    ['Batch', `${whole(training.batch)} samples of ${whole(data.sampleTokens)} tokens`],
    ['Optimizer', `AdamW, β ${optimizer.beta1} and ${optimizer.beta2}, weight decay ${optimizer.weightDecay}`],
    ['Gradient norm', `at most ${optimizer.clipNorm}`],
    ['Learning rate', learningRate(training.learningRate)],
    ['Precision', training.compute],
    ['Kept of an update', `${codec.k} of ${whole(codec.chunkSize)} numbers`],
    ['Residual kept', percent(training.feedbackDecay)],
    ['Outer learning rate', String(aggregation.rateQ16 / 2 ** 16)],
    ['Test samples', `${whole(evaluation.samples)} own and as many drawn`],
  ]
  return {
    name: manifest.name,
    parameters: manifestLayout(manifest).parameters,
    tokensPerRound: samples * tokensPerSample,
    tokensPerSample,
    facts: facts.map(([label, value]) => ({ label, value })),
  }
}

function learningRate({ kind, peak, floor, warmupSteps, totalSteps }: LearningRateSchedule): string {
  const warm = warmupSteps > 0 ? `, after ${whole(warmupSteps)} steps of warm-up` : ''
  if (kind === 'flat') return `${peak}${warm}`
  return `${kind} from ${peak} to ${floor} over ${whole(totalSteps)} steps${warm}`
}

function whole(value: number): string {
  return value.toLocaleString('en')
}

function percent(value: number): string {
  return `${Math.round(1000 * value) / 10} %`
}
