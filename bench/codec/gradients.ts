// Pseudo-gradients as they occur: twenty miners of one model, each on its own text, one round of inner steps from one shared state.
// Trained once and kept; the setting names the file, so a changed setting never meets an old file.

import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import { readFileLimited } from '@tessera/agent/limitedFile'
import { buildCorpus, defaultCorpusPaths, isDocumentation } from '@tessera/training/corpus'
import { packedDataset, packTokens } from '@tessera/training/data/packTokens'
import { batches, type SampleSource } from '@tessera/training/data/shardedDataset'
import type { ModelConfig } from '@tessera/training/model/config'
import { initialParameters } from '@tessera/training/model/initialParameters'
import { parameterSpecs } from '@tessera/training/model/parameterSpecs'
import { freshOptimizerState, type OptimizerState } from '@tessera/training/optimizerState'
import { buildTrainProgram } from '@tessera/training/programs/train'
import { Trainer } from '@tessera/training/trainer'
import type { BenchContext } from '../bench.ts'

/** 1.9 M parameters over bytes. */
const MODEL: ModelConfig = {
  vocabSize: 256,
  dModel: 192,
  layers: 4,
  heads: 6,
  ffn: 512,
  context: 128,
  ropeBase: 10_000,
  normEpsilon: 1e-5,
}
const SETTING = {
  version: 1,
  model: MODEL,
  batch: 8,
  warmupSteps: 60,
  steps: 15,
  peers: 20,
  rate: 2e-3,
  seed: 1,
} as const
const CORPUS_BYTES = 4_000_000

export interface PseudoGradients {
  /** The file that holds the updates, one after the other. */
  readonly path: string
  /** Tensors of the model. */
  readonly shapes: readonly (readonly number[])[]
  /** One a miner: parameters before minus after its steps, dense in manifest order. */
  readonly updates: readonly Float32Array<ArrayBuffer>[]
}

export async function pseudoGradients(context: BenchContext): Promise<PseudoGradients> {
  const shapes = parameterSpecs(MODEL).map(({ shape }) => shape)
  const count = initialParameters(MODEL, SETTING.seed).length
  const size = 4 * count * SETTING.peers
  const digest = createHash('sha256').update(JSON.stringify(SETTING)).digest('hex').slice(0, 16)
  const path = join(context.cacheFolder, `pseudo-gradients-${digest}.f32`)
  const kept = await stat(path).catch(() => undefined)
  const bytes = kept?.size === size ? await readFileLimited(path, size, { signal: context.signal }) : undefined
  const all = bytes === undefined ? await train(count, context) : new Float32Array(bytes.slice().buffer)
  if (bytes === undefined) await writeFileAtomic(path, new Uint8Array(all.buffer))
  const updates = Array.from({ length: SETTING.peers }, (_, peer) => all.subarray(peer * count, (peer + 1) * count))
  return { path, shapes, updates }
}

interface Position {
  readonly parameters: Float32Array
  readonly optimizer: OptimizerState
}

async function train(count: number, context: BenchContext): Promise<Float32Array<ArrayBuffer>> {
  const { batch, peers, seed, steps, warmupSteps } = SETTING
  const view = await readText(context)
  const { threads } = context.args
  const program = buildTrainProgram(MODEL, { batch })
  const trainer = await Trainer.create({ program, config: MODEL, batch, threads })
  let sample = 0
  const advance = async (from: Position, length: number): Promise<Position> => {
    const order = Array.from({ length: length * batch }, () => sample++)
    return await trainer.train({
      ...from,
      batches: await batches(view, order, { batch, steps: length }),
      learningRates: Array.from(
        { length },
        (_, step) => SETTING.rate * Math.min(1, (from.optimizer.step + step + 1) / 20),
      ),
      signal: context.signal,
    })
  }
  try {
    context.log(
      `training ${peers} miners of a ${(count / 1e6).toFixed(1)} M parameter model for their pseudo-gradients, once`,
    )
    const shared = await advance(
      { parameters: initialParameters(MODEL, seed), optimizer: freshOptimizerState(count) },
      warmupSteps,
    )
    const all = new Float32Array(count * peers)
    for (let peer = 0; peer < peers; peer++) {
      const { parameters } = await advance(shared, steps)
      for (let i = 0; i < count; i++)
        all[peer * count + i] = (shared.parameters[i] as number) - (parameters[i] as number)
      if (peer % 5 === 4) context.log(`${peer + 1} of ${peers} miners trained`)
    }
    return all
  } finally {
    await trainer.dispose()
  }
}

async function readText({ root, signal }: BenchContext): Promise<SampleSource> {
  const { batch, model, peers, steps, warmupSteps } = SETTING
  const paths = defaultCorpusPaths(root)
  const minBytes = (warmupSteps + peers * steps) * batch * model.context + 1
  const { bytes } = await buildCorpus({ paths, accept: isDocumentation, maxBytes: CORPUS_BYTES, minBytes, signal })
  const { vocabSize, context } = model
  return packedDataset(packTokens(bytes, { vocabSize, context, heldOutSamples: 0 }), vocabSize)
}

/** A model whose tensors have `times` as many rows, filled with the same rows again and again. */
export function tiled(shapes: PseudoGradients['shapes'], times: number): readonly (readonly number[])[] {
  return shapes.map(([rows = 1, ...rest]) => [rows * times, ...rest])
}

/** `update` over the tensors of `tiled(shapes, times)`, in shared memory. */
export function tiledUpdate(update: Float32Array, shapes: PseudoGradients['shapes'], times: number): Float32Array {
  const large = new Float32Array(new SharedArrayBuffer(4 * update.length * times))
  let from = 0
  let to = 0
  for (const shape of shapes) {
    const tensor = update.subarray(from, from + sizeOf(shape))
    from += tensor.length
    for (let copy = 0; copy < times; copy++, to += tensor.length) large.set(tensor, to)
  }
  return large
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}
