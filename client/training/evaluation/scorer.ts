// Log-probabilities of given tokens under a model: what perplexity and multiple choice are computed from. It chooses no text.

import { checkModelConfig, headSize, keyValueHeads, type ModelConfig } from '../model/config.ts'
import { parameterSpecs } from '../model/parameterSpecs.ts'
import { pastName, presentName, TOKENS_INPUT } from '../programs/decode.ts'
import { buildScoreProgram, SCORE_INPUT, SCORE_OUTPUT } from '../programs/score.ts'
import { badRequest, checkTokens, tensorInputs } from '../request.ts'
import { type DeviceOptions, floatOutput, Session, type TensorInput } from '../session.ts'

export interface ScorerOptions extends DeviceOptions {
  readonly config: ModelConfig
  /** All parameters in manifest order. Read only, and not to change while the scorer lives. */
  readonly parameters: Float32Array
}

/** A text of at most context + 1 tokens, of which those from `from` (at least 1) on are scored, each given all before it. */
export interface ScoredRow {
  readonly tokens: Int32Array
  readonly from: number
}

/** Tokens scored, of those to be scored. */
export interface ScoreProgress {
  readonly tokensDone: number
  readonly tokens: number
}

export interface ScoreOptions {
  readonly onProgress?: (progress: ScoreProgress) => void
  /** Heard between calls of the program; its reason is thrown. */
  readonly signal?: AbortSignal
}

/** What perplexity and multiple choice ask of a scorer. */
export interface ScorerLike {
  readonly config: ModelConfig
  /** For each row the log-probabilities, in nats, of its tokens from `from` on. */
  score(rows: readonly ScoredRow[], options?: ScoreOptions): Promise<Float32Array[]>
}

/** `tokens` after `first`, if there is one. */
export function startedWith(first: number | undefined, tokens: Int32Array): Int32Array {
  if (first === undefined) return tokens
  const started = new Int32Array(tokens.length + 1)
  started[0] = first
  started.set(tokens, 1)
  return started
}

/** Tokens per call at most, where the vocabulary is small. */
const CALL_TOKENS = 512
/** Numbers that the largest tensor of a call holds at most, as far as single tokens allow: scores of the vocabulary or of attention. */
const CALL_NUMBERS = 2 ** 25

/** A row on its way: what the program reads is all but the last token. */
interface Job extends ScoredRow {
  readonly result: Float32Array
}

export class Scorer implements ScorerLike {
  readonly config: ModelConfig
  readonly #session: Session
  readonly #parameters: Readonly<Record<string, TensorInput>>

  private constructor(session: Session, config: ModelConfig, parameters: Readonly<Record<string, TensorInput>>) {
    this.#session = session
    this.config = config
    this.#parameters = parameters
  }

  /** Throws `training/bad-config`, `training/bad-tensor`, and `training/session-failed` when there is no such device. */
  static async create(options: ScorerOptions): Promise<Scorer> {
    const config = checkModelConfig(options.config)
    const parameters = tensorInputs(options.parameters, parameterSpecs(config))
    return new Scorer(await Session.create(buildScoreProgram(config), options), config, parameters)
  }

  /**
   * For each row the log-probabilities, in nats, of its tokens from `from` on. Rows of like length share a call: attention looks
   * back only, so what fills up a shorter row changes nothing.
   * Throws `training/bad-request`, and `training/not-finite`.
   */
  async score(rows: readonly ScoredRow[], options: ScoreOptions = {}): Promise<Float32Array[]> {
    const jobs = rows.map((row) => this.#job(row))
    const queue = jobs.filter((job) => job.result.length > 0).sort((a, b) => a.tokens.length - b.tokens.length)
    const tokens = queue.reduce((total, job) => total + job.result.length, 0)
    let tokensDone = 0
    for (let first = 0; first < queue.length; ) {
      const batch = queue.slice(first, first + this.#batchSize(queue, first))
      await this.#run(batch, options.signal)
      first += batch.length
      tokensDone += batch.reduce((total, job) => total + job.result.length, 0)
      options.onProgress?.({ tokensDone, tokens })
    }
    return jobs.map((job) => job.result)
  }

  async dispose(): Promise<void> {
    await this.#session.dispose()
  }

  #job(row: ScoredRow): Job {
    const { context, vocabSize } = this.config
    const { tokens, from } = row
    if (tokens.length > context + 1 || !Number.isInteger(from) || from < 1 || from > tokens.length)
      throw badRequest('a row to be scored does not fit', { tokens: tokens.length, from, context })
    checkTokens(tokens, vocabSize)
    return { tokens, from, result: new Float32Array(tokens.length - from) }
  }

  /** How many jobs from `first` on share a call: they get longer, so the last of them decides. */
  #batchSize(queue: readonly Job[], first: number): number {
    const most = this.#callTokens()
    let count = 1
    for (; first + count < queue.length; count++) {
      const length = (queue[first + count]?.tokens.length ?? 0) - 1
      if (length * (count + 1) > most) break
    }
    return count
  }

  #callTokens(): number {
    return Math.max(1, Math.min(CALL_TOKENS, Math.floor(CALL_NUMBERS / this.config.vocabSize)))
  }

  /** Fills in the results of `batch`, read in pieces with a cache where they are long. */
  async #run(batch: readonly Job[], signal: AbortSignal | undefined): Promise<void> {
    const length = (batch.at(-1)?.tokens.length ?? 1) - 1
    const attention = Math.floor(CALL_NUMBERS / (this.config.heads * batch.length * length))
    const piece = Math.max(1, Math.min(Math.floor(this.#callTokens() / batch.length), attention))
    let cache = this.#cache(batch.length, 0, () => new Float32Array(0))
    for (let start = 0; start < length; start += piece) {
      signal?.throwIfAborted()
      const call = callOf(batch, start, Math.min(piece, length - start))
      const outputs = await this.#session.run(
        { ...this.#parameters, ...cache, ...call.inputs },
        { finite: [SCORE_OUTPUT.logProbabilities] },
      )
      call.take(floatOutput(outputs, SCORE_OUTPUT.logProbabilities))
      cache = this.#cache(batch.length, start + call.count, (present) => floatOutput(outputs, present))
    }
  }

  #cache(
    batch: number,
    length: number,
    dataOf: (present: string) => Float32Array,
  ): Readonly<Record<string, TensorInput>> {
    const shape = [batch, keyValueHeads(this.config), length, headSize(this.config)]
    const cache: Record<string, TensorInput> = {}
    for (let layer = 0; layer < this.config.layers; layer++)
      for (const part of ['key', 'value'] as const)
        cache[pastName(layer, part)] = { data: dataOf(presentName(layer, part)), shape }
    return cache
  }
}

/** The call that reads tokens `start` to `start + count` of each job, and where its results belong. */
function callOf(
  batch: readonly Job[],
  start: number,
  count: number,
): {
  readonly count: number
  readonly inputs: Readonly<Record<string, TensorInput>>
  readonly take: (logProbabilities: Float32Array) => void
} {
  // Where a row has ended, token 0 is read and nobody looks at what follows it.
  const read = new BigInt64Array(batch.length * count)
  const [after, targets]: [bigint[], bigint[]] = [[], []]
  const places: { readonly result: Float32Array; readonly index: number }[] = []
  for (const [row, { tokens, from, result }] of batch.entries()) {
    const own = Math.min(count, tokens.length - start)
    for (let column = 0; column < own; column++) {
      const [place, next] = [row * count + column, start + column + 1]
      read[place] = BigInt(tokens[start + column] ?? 0)
      const target = tokens[next]
      if (next < from || target === undefined) continue
      after.push(BigInt(place))
      targets.push(BigInt(target))
      places.push({ result, index: next - from })
    }
  }
  const vector = (values: readonly bigint[]): TensorInput => ({
    data: BigInt64Array.from(values),
    shape: [values.length],
  })
  return {
    count,
    inputs: {
      [TOKENS_INPUT]: { data: read, shape: [batch.length, count] },
      [SCORE_INPUT.after]: vector(after),
      [SCORE_INPUT.targets]: vector(targets),
    },
    take: (logProbabilities) => {
      for (const [order, { result, index }] of places.entries()) result[index] = logProbabilities[order] ?? Number.NaN
    },
  }
}
