// Tokens per second of a whole training step (forward, backward, clipping, AdamW) against PyTorch on the same cores, or the same GPU: the same model
// from the same parameters on the same tokens in float32, which the losses show.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { initialParameters } from '@tessera/training/model/initialParameters'
import { ADAMW_DEFAULTS } from '@tessera/training/ops/adamW'
import { Random } from '@tessera/training/random'
import { type BenchContext, type BenchResult, benchResult } from '../bench.ts'
import { takeTurns } from '../measure.ts'
import { findPython } from '../python/environment.ts'
import { PythonPeer } from '../python/peer.ts'
import { type TrainCase, trainCases } from './models.ts'
import { OurRun } from './ours.ts'

const ROUNDS = { short: 5, full: 15 } as const
const LEARNING_RATE = 1e-3
/** Float32 in another order of additions, over a turn of steps; another model differs by much more. */
const SAME_LOSS = 1e-3
const CANDIDATES = ['eager', 'compiled'] as const
/** What a script runs that says nothing else; `torch.compile` needs a C++ compiler and half a minute a model, and is shown beside it. */
const JUDGED = 'eager'

interface TurnResult {
  readonly seconds: number
  readonly losses: readonly number[]
}

export async function run(context: BenchContext): Promise<BenchResult[]> {
  const python = await findPython(context)
  const { threads } = context.args
  const { root, signal } = context
  const peer =
    python === undefined
      ? undefined
      : new PythonPeer({ root, python, script: join(root, 'bench', 'train', 'peer.py'), threads, signal })
  try {
    const results: BenchResult[] = []
    for (const trained of trainCases) results.push(...(await measure(trained, context, peer)))
    return results
  } finally {
    await peer?.close()
  }
}

async function measure(
  trained: TrainCase,
  context: BenchContext,
  peer: PythonPeer | undefined,
): Promise<BenchResult[]> {
  const { config, batch, steps } = trained
  const parameters = initialParameters(config, 1)
  const name = `${(parameters.length / 1e6).toFixed(1)} M parameters`
  const random = new Random(7)
  const shape = [steps, batch, config.context + 1]
  const tokens = Int32Array.from({ length: steps * batch * (config.context + 1) }, () => random.below(config.vocabSize))
  const { threads, device } = context.args
  const common = { threads, device, signal: context.signal }
  const options = { parameters, optimizer: ADAMW_DEFAULTS, learningRate: LEARNING_RATE, ...common }
  const ours = await OurRun.open(trained, options)
  await mkdir(context.cacheFolder, { recursive: true })
  const folder = await mkdtemp(join(context.cacheFolder, 'turns-'))
  try {
    const peerDevice = device === 'cpu' ? 'cpu' : 'cuda'
    const theirs =
      peer === undefined ? [] : await openPeers(peer, { trained, parameters, tokens, shape, peerDevice }, folder)
    const sides = [() => ours.train(tokens), ...theirs]
    const losses = sides.map((): number[] => [])
    const turns = sides.map((train, side) => async () => {
      const result = await train()
      losses[side]?.push(...result.losses)
      return (steps * batch * config.context) / result.seconds
    })
    context.log(`${name}: ${steps} steps of ${batch} x ${config.context} tokens a turn`)
    const rates = await takeTurns(turns, context.full ? ROUNDS.full : ROUNDS.short, context.signal)
    return resultsOf(
      name,
      rates,
      losses.map((side) => side.slice(0, steps)),
      `${await peerName(peer)} on ${peerDevice}`,
    )
  } finally {
    await ours.close()
    await rm(folder, { recursive: true, force: true })
    if (peer !== undefined) for (const candidate of CANDIDATES) await peer.call('close', { name: candidate })
  }
}

/** A turn of each candidate. Weights and tokens go by files in `folder`, which hold exactly the same bits for both. */
async function openPeers(
  peer: PythonPeer,
  run: {
    readonly trained: TrainCase
    readonly parameters: Float32Array
    readonly tokens: Int32Array
    readonly shape: readonly number[]
    readonly peerDevice: 'cpu' | 'cuda'
  },
  folder: string,
): Promise<(() => Promise<TurnResult>)[]> {
  const weights = join(folder, 'parameters.f32')
  const tokens = join(folder, 'tokens.i32')
  await writeFile(weights, run.parameters)
  await writeFile(tokens, run.tokens)
  const optimizer = { ...ADAMW_DEFAULTS, learningRate: LEARNING_RATE }
  const common = { config: run.trained.config, weights, optimizer, device: run.peerDevice }
  for (const name of CANDIDATES) await peer.call('open', { name, ...common, compiled: name === 'compiled' })
  return CANDIDATES.map((name) => () => peer.call<TurnResult>('train', { name, tokens, shape: run.shape }))
}

async function peerName(peer: PythonPeer | undefined): Promise<string> {
  if (peer === undefined) return 'PyTorch'
  return `PyTorch ${(await peer.call<{ readonly torch: string }>('versions')).torch}`
}

/** `rates` and the losses of the first turn: ours first, then the candidates. */
function resultsOf(
  name: string,
  [ours = Number.NaN, ...theirs]: readonly number[],
  [ourLosses = [], ...theirLosses]: readonly (readonly number[])[],
  peer: string,
): BenchResult[] {
  const versus = CANDIDATES.map((candidate, side) =>
    benchResult({
      metric: `training step, ${name}`,
      value: ours,
      unit: 'tokens/s',
      peer: `${peer}, ${candidate}`,
      peerValue: theirs[side] ?? null,
      ...(candidate === JUDGED ? { target: 'ratio >= 1' } : {}),
    }),
  )
  if (theirs.length === 0) return versus
  const differences = theirLosses.flatMap((losses) =>
    losses.map((loss, step) => Math.abs(loss - (ourLosses[step] ?? Number.NaN))),
  )
  const same = benchResult({
    metric: `largest difference of losses over ${ourLosses.length} steps, ${name}`,
    value: Math.max(...differences),
    unit: 'nats',
    peer,
    target: `value <= ${SAME_LOSS}`,
  })
  return [...versus, same]
}
