// One run of a setting, from fresh parameters to the held-out loss: the real training program, the real codec, no network. Peers
// take turns on one core; what they would do at once they do one after the other.

import { compressUpdate } from '@tessera/protocol/compress'
import type { Contribution } from '@tessera/protocol/contribution'
import { createLayout, type StateLayout } from '@tessera/protocol/layout'
import { learningRateAt } from '@tessera/protocol/learningRate'
import { batches, type SampleSource } from '@tessera/training/data/shardedDataset'
import { Evaluator } from '@tessera/training/evaluator'
import { initialParameters } from '@tessera/training/model/initialParameters'
import { parameterSpecs } from '@tessera/training/model/parameterSpecs'
import { freshOptimizerState, type OptimizerState } from '@tessera/training/optimizerState'
import { quantizeQ24, toFloat } from '@tessera/training/parameters'
import { buildEvaluateProgram } from '@tessera/training/programs/evaluate'
import { buildTrainProgram } from '@tessera/training/programs/train'
import { Random } from '@tessera/training/random'
import { Trainer } from '@tessera/training/trainer'
import { HEADER, lone, noise } from './hostile.ts'
import { Ratings } from './ratings.ts'
import { applyRule } from './rules.ts'
import { BATCH, CODEC, MODEL, type Rule, type Setting, START, STEPS, WARMUP_STEPS } from './setting.ts'
import { Assignment, heldOut, viewOf } from './text.ts'

export interface RunResult {
  /** Held-out loss after the last round, nats per byte. */
  readonly loss: number
  /** [round, held-out loss] on a quarter of the held-out samples. */
  readonly curve: readonly (readonly [number, number])[]
  readonly seconds: number
  /** Contributions of honest and of hostile peers that were included over all rounds. */
  readonly included?: { readonly honest: number; readonly hostile: number }
  readonly ratings?: readonly number[]
}

export interface SimulateOptions {
  readonly signal: AbortSignal
  readonly onRound: (round: number, loss: number | undefined) => void
}

const CURVE_POINTS = 12
const EVALUATION_BATCH = 32

/** The sessions, made once for all runs. */
export class Simulator {
  readonly #text: SampleSource
  readonly #evaluator: Evaluator
  readonly #trainers = new Map<number, Trainer>()
  readonly #starts = new Map<number, Float32Array>()
  readonly layout: StateLayout = createLayout(
    parameterSpecs(MODEL).map(({ shape }) => shape.reduce((product, size) => product * size, 1)),
    CODEC.chunkSize,
  )

  private constructor(text: SampleSource, evaluator: Evaluator) {
    this.#text = text
    this.#evaluator = evaluator
  }

  static async open(bytes: Uint8Array): Promise<Simulator> {
    const text = viewOf(bytes)
    const program = buildEvaluateProgram(MODEL, { batch: EVALUATION_BATCH })
    return new Simulator(text, await Evaluator.create({ program, config: MODEL, batch: EVALUATION_BATCH }))
  }

  async close(): Promise<void> {
    await this.#evaluator.dispose()
    for (const trainer of this.#trainers.values()) await trainer.dispose()
  }

  async run(setting: Setting, options: SimulateOptions): Promise<RunResult> {
    const started = performance.now()
    const parts = { text: this.#text, evaluator: this.#evaluator, layout: this.layout }
    const start = setting.warm ? await this.#start(setting, options.signal) : initialParameters(MODEL, setting.seed)
    const run = new Run({ ...parts, setting, start, trainerFor: (batch) => this.#trainer(batch) })
    const curve: [number, number][] = []
    const every = Math.max(1, Math.round(setting.rounds / CURVE_POINTS))
    const part = await heldOut(this.#text, 256)
    for (let round = 0; round < setting.rounds; round++) {
      options.signal.throwIfAborted()
      await run.round(round, options.signal)
      const measured = (round + 1) % every === 0 || round === 0
      if (measured) curve.push([round + 1, await this.#loss(run.parameters, part)])
      options.onRound(round + 1, curve.at(-1)?.[1])
    }
    const loss = await this.#loss(run.parameters, await heldOut(this.#text))
    return { loss, curve, seconds: (performance.now() - started) / 1000, ...run.facts() }
  }

  /** Parameters that all runs of a seed start from. */
  async #start(setting: Setting, signal: AbortSignal): Promise<Float32Array> {
    const known = this.#starts.get(setting.seed)
    if (known !== undefined) return known
    const { steps, batch, learningRate } = START
    const trainer = await this.#trainer(batch)
    const schedule = { kind: 'flat', peak: learningRate, floor: 0, warmupSteps: WARMUP_STEPS, totalSteps: 0 } as const
    const { parameters } = await trainer.train({
      parameters: initialParameters(MODEL, setting.seed),
      optimizer: freshOptimizerState(this.layout.parameters),
      batches: await batches(this.#text, new Assignment(this.#text, setting).start(), { batch, steps }),
      learningRates: Array.from({ length: steps }, (_, step) => learningRateAt(schedule, step)),
      signal,
    })
    this.#starts.set(setting.seed, parameters)
    return parameters
  }

  async #loss(parameters: Float32Array, samples: Int32Array): Promise<number> {
    const losses = await this.#evaluator.loss({ parameters, samples }).catch(() => Float32Array.of(Number.NaN))
    return losses.reduce((sum, value) => sum + value, 0) / losses.length
  }

  async #trainer(batch: number): Promise<Trainer> {
    const known = this.#trainers.get(batch)
    if (known !== undefined) return known
    const trainer = await Trainer.create({ program: buildTrainProgram(MODEL, { batch }), config: MODEL, batch })
    this.#trainers.set(batch, trainer)
    return trainer
  }
}

interface RunOptions {
  readonly text: SampleSource
  readonly evaluator: Evaluator
  readonly layout: StateLayout
  readonly setting: Setting
  readonly start: Float32Array
  readonly trainerFor: (batch: number) => Promise<Trainer>
}

interface Peer {
  optimizer: OptimizerState
  feedback: Float32Array
  /** Of the last round; absent before the first. */
  sent?: Contribution
  update?: Float32Array
}

class Run {
  parameters: Float32Array
  #state: Int32Array
  /** The state before the last round. */
  #settled: Int32Array
  #momentum: Float32Array
  #peers: Peer[]
  #included = { honest: 0, hostile: 0 }
  readonly #text: SampleSource
  readonly #layout: StateLayout
  readonly #setting: Setting
  readonly #assignment: Assignment
  readonly #ratings: Ratings | undefined
  readonly #random: Random
  readonly #trainerFor: (batch: number) => Promise<Trainer>

  constructor({ text, evaluator, layout, setting, start, trainerFor }: RunOptions) {
    this.#text = text
    this.#layout = layout
    this.#setting = setting
    this.#trainerFor = trainerFor
    this.#assignment = new Assignment(text, setting)
    this.#ratings = setting.rated ? new Ratings({ text, assignment: this.#assignment, evaluator, layout }) : undefined
    this.#random = new Random(setting.seed, 3)
    this.#state = quantizeQ24(start)
    this.#settled = this.#state
    this.parameters = toFloat(this.#state)
    const size = layout.parameters
    this.#momentum = new Float32Array(size)
    this.#peers = Array.from({ length: setting.method.kind === 'dense' ? 1 : setting.peers }, () => ({
      optimizer: freshOptimizerState(size),
      feedback: new Float32Array(size),
    }))
  }

  facts(): Pick<RunResult, 'included' | 'ratings'> {
    const { method, peers } = this.#setting
    const ratings = this.#ratings === undefined ? {} : { ratings: this.#ratings.ratings(peers) }
    return method.kind === 'tessera' ? { included: this.#included, ...ratings } : {}
  }

  async round(round: number, signal: AbortSignal): Promise<void> {
    const { method } = this.#setting
    if (method.kind === 'dense') await this.#denseRound(round, signal)
    else if (method.kind === 'diloco') await this.#dilocoRound(round, method, signal)
    else await this.#sparseRound(round, method.rule, signal)
  }

  async #denseRound(round: number, signal: AbortSignal): Promise<void> {
    const { peers } = this.#setting
    const own = Array.from({ length: peers }, (_, peer) => this.#assignment.samplesOf(round, peer))
    const order = Array.from({ length: STEPS }, (_, step) =>
      own.flatMap((samples) => samples.slice(step * BATCH, (step + 1) * BATCH)),
    ).flat()
    const work = { samples: order, batch: peers * BATCH }
    this.parameters = await this.#train(round, this.#peers[0] as Peer, this.parameters, work, signal)
  }

  async #dilocoRound(
    round: number,
    { outerRate, momentum }: { readonly outerRate: number; readonly momentum: number },
    signal: AbortSignal,
  ): Promise<void> {
    const mean = new Float32Array(this.parameters.length)
    for (let peer = 0; peer < this.#peers.length; peer++) {
      const update = await this.#update(round, peer, this.parameters, signal)
      for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] as number) + (update[i] as number) / this.#peers.length
    }
    const next = this.parameters.slice()
    for (let i = 0; i < mean.length; i++) {
      const gradient = mean[i] as number
      const velocity = momentum * (this.#momentum[i] as number) + gradient
      this.#momentum[i] = velocity
      next[i] = (next[i] as number) - outerRate * (gradient + momentum * velocity)
    }
    this.parameters = next
  }

  async #sparseRound(round: number, rule: Rule, signal: AbortSignal): Promise<void> {
    const { peers, hostile } = this.#setting
    const honest = peers - (hostile?.count ?? 0)
    const contributions: Contribution[] = []
    for (let peer = 0; peer < honest; peer++) contributions.push(await this.#contribution(round, peer, 1, rule, signal))
    for (let peer = honest; peer < peers; peer++)
      contributions.push(await this.#hostileContribution(round, peer, contributions.slice(0, honest), rule, signal))
    const slots = this.#ratings?.chosen(peers) ?? contributions.map((_, slot) => slot)
    const chosen = slots.map((slot) => contributions[slot] as Contribution)
    for (const slot of slots) this.#included[slot < honest ? 'honest' : 'hostile']++
    const base = this.#state
    this.#settled = base
    this.#state = applyRule(base, chosen, this.#layout, rule)
    this.parameters = toFloat(this.#state)
    await this.#ratings?.measure(round, base, contributions)
  }

  #hostileContribution(
    round: number,
    peer: number,
    honest: readonly Contribution[],
    rule: Rule,
    signal: AbortSignal,
  ): Promise<Contribution> {
    const seed = 1000 * this.#setting.seed
    switch (this.#setting.hostile?.attack) {
      case 'scaled':
        return this.#contribution(round, peer, 10, rule, signal)
      case 'scaledFlip':
        return this.#contribution(round, peer, -10, rule, signal)
      case 'lone':
        return Promise.resolve(lone(this.#layout, honest, seed + peer))
      case 'pair':
        return Promise.resolve(lone(this.#layout, honest, seed))
      case 'noise':
        return Promise.resolve(noise(this.#layout, this.#random))
      default:
        return this.#contribution(round, peer, -1, rule, signal)
    }
  }

  /** What an honest peer sends, times `factor`. */
  async #contribution(
    round: number,
    peer: number,
    factor: number,
    rule: Rule,
    signal: AbortSignal,
  ): Promise<Contribution> {
    const own = this.#peers[peer] as Peer
    const start = this.#startOf(own, rule)
    const update = await this.#update(round, peer, start, signal)
    own.update = update.slice()
    const { feedback } = own
    for (let i = 0; i < update.length; i++)
      update[i] = factor * (update[i] as number) + rule.feedback * (feedback[i] as number)
    const { contribution, residual } = compressUpdate({ update, layout: this.#layout, codec: CODEC, header: HEADER })
    own.feedback = residual
    own.sent = contribution
    return contribution
  }

  /** The parameters that a peer's inner steps start from. */
  #startOf({ sent, update }: Peer, rule: Rule): Float32Array {
    const { overlap } = this.#setting
    if (overlap === undefined || sent === undefined || update === undefined) return this.parameters
    const { start, scale } = overlap
    if (start === 'bare') return toFloat(this.#settled)
    if (start === 'update') return toFloat(this.#settled).map((value, i) => value - scale * (update[i] as number))
    return toFloat(applyRule(this.#settled, [sent], this.#layout, { ...rule, rate: rule.rate * scale }))
  }

  /** Parameters before minus those after the peer's inner steps. */
  async #update(round: number, peer: number, start: Float32Array, signal: AbortSignal): Promise<Float32Array> {
    const samples = this.#assignment.samplesOf(round, peer)
    const own = this.#peers[peer] as Peer
    const arrival = this.#setting.overlap?.arrival ?? STEPS
    const head = { samples: samples.slice(0, arrival * BATCH), batch: BATCH }
    const between = await this.#train(round, own, start, head, signal)
    const update = start.map((value, i) => value - (between[i] as number))
    if (arrival >= STEPS) return update
    const moved = this.parameters.map((value, i) => value - (update[i] as number))
    const tail = { samples: samples.slice(arrival * BATCH), batch: BATCH, first: arrival }
    const after = await this.#train(round, own, moved, tail, signal)
    return this.parameters.map((value, i) => value - (after[i] as number))
  }

  async #train(
    round: number,
    peer: Peer,
    start: Float32Array,
    work: { readonly samples: readonly number[]; readonly batch: number; readonly first?: number },
    signal: AbortSignal,
  ): Promise<Float32Array> {
    const { learningRate: peak, rounds } = this.#setting
    const schedule = {
      kind: 'cosine' as const,
      peak,
      floor: peak / 10,
      warmupSteps: WARMUP_STEPS,
      totalSteps: rounds * STEPS,
    }
    const { samples, batch, first = 0 } = work
    const steps = samples.length / batch
    const trainer = await this.#trainerFor(batch)
    const result = await trainer.train({
      parameters: start,
      optimizer: peer.optimizer,
      batches: await batches(this.#text, samples, { batch, steps }),
      learningRates: Array.from({ length: steps }, (_, step) => learningRateAt(schedule, round * STEPS + first + step)),
      stepsPerCall: steps,
      signal,
    })
    peer.optimizer = result.optimizer
    return result.parameters
  }
}
