// Records what a miner compresses: `node test/vectors/pseudoGradient.ts` trains the devnet's model for a few rounds and writes the
// last update (old parameters minus new ones plus decayed feedback) of a few chunks to pseudoGradient.json. Training differs in its
// last digits from machine to machine, so this file is not checked against what the script gives; it is data, not a rule.

import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { devnetPreset } from '@tessera/deploy/devnet/preset'
import { compressUpdate } from '@tessera/protocol/compress'
import { createLayout } from '@tessera/protocol/layout'
import { learningRateAt } from '@tessera/protocol/learningRate'
import { ZERO_ADDRESS, ZERO_HASH } from '@tessera/protocol/tags'
import { buildCorpus, defaultCorpusPaths, isDocumentation } from '@tessera/training/corpus'
import { initialParameters } from '@tessera/training/model/initialParameters'
import { parameterSpecs } from '@tessera/training/model/parameterSpecs'
import { freshOptimizerState } from '@tessera/training/optimizerState'
import { buildTrainProgram } from '@tessera/training/programs/train'
import { Random } from '@tessera/training/random'
import { Trainer } from '@tessera/training/trainer'
import { fileText, numbered, type VectorCase } from './file.ts'

/** Enough for the error feedback to be what it is in a run. */
const ROUNDS = 4
const HEADER = { run: 1n, round: 1n, miner: ZERO_ADDRESS, innerSteps: 1, samples: 1, baseRoot: ZERO_HASH }

/** A tensor of each kind, each with its first chunk. */
const TENSORS = [
  'model.embed_tokens.weight',
  'model.layers.0.input_layernorm.weight',
  'model.layers.0.self_attn.q_proj.weight',
  'model.layers.1.self_attn.v_proj.weight',
  'model.layers.0.self_attn.o_proj.weight',
  'model.layers.0.mlp.gate_proj.weight',
  'model.layers.1.mlp.down_proj.weight',
  'model.norm.weight',
  'lm_head.weight',
]

const { model, training, codec } = devnetPreset
const specs = parameterSpecs(model)
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
const layout = createLayout(
  specs.map(({ shape }) => sizeOf(shape)),
  codec.chunkSize,
)

/** Tokens [H, B, T + 1] from anywhere in the corpus. */
function drawBatches(bytes: Uint8Array, random: Random): Int32Array {
  const length = model.context + 1
  const out = new Int32Array(training.steps * training.batch * length)
  for (let at = 0; at < out.length; at += length) {
    const start = random.below(bytes.length - length)
    out.set(bytes.subarray(start, start + length), at)
  }
  return out
}

/** The update of the last round. */
async function train(bytes: Uint8Array): Promise<Float32Array> {
  const { batch, steps, optimizer } = training
  const random = new Random(1)
  const trainer = await Trainer.create({
    program: buildTrainProgram(model, { batch, optimizer }),
    config: model,
    batch,
  })
  const parameters = initialParameters(model, devnetPreset.seed)
  let moments = freshOptimizerState(parameters.length)
  const update = new Float32Array(parameters.length)
  for (let round = 0; round < ROUNDS; round++) {
    // The parameters move by what the round before sent; the rest of it is this one's feedback.
    if (round > 0) {
      const before = update.slice()
      compressUpdate({ update, layout, codec, header: HEADER })
      for (let i = 0; i < parameters.length; i++) parameters[i]! -= before[i]! - update[i]!
    }
    const first = round * steps
    const result = await trainer.train({
      parameters,
      optimizer: moments,
      batches: drawBatches(bytes, random),
      learningRates: Array.from({ length: steps }, (_, step) => learningRateAt(training.learningRate, first + step)),
    })
    moments = result.optimizer
    for (let i = 0; i < update.length; i++)
      update[i] = parameters[i]! - result.parameters[i]! + training.feedbackDecay * update[i]!
  }
  await trainer.dispose()
  return update
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const { bytes } = await buildCorpus({ paths: defaultCorpusPaths(root), accept: isDocumentation, maxBytes: 4e6 })
  const update = await train(bytes)
  const cases = TENSORS.map((name): VectorCase => {
    const tensor = specs.findIndex((spec) => spec.name === name)
    const { offset, valid } = layout.chunks.find((chunk) => chunk.tensor === tensor)!
    const values = update.slice(offset, offset + valid)
    return { name, shape: [...specs[tensor]!.shape], values: Buffer.from(values.buffer).toString('base64') }
  })
  writeFileSync(new URL('pseudoGradient.json', import.meta.url), fileText(numbered(cases)))
}
