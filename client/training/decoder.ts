// A text as the model has read it so far: the cache of the generation program between its calls. It chooses no tokens.

import { headSize, keyValueHeads, type ModelConfig } from './model/config.ts'
import { parameterSpecs } from './model/parameterSpecs.ts'
import { pastName, presentName, TOKENS_INPUT } from './programs/decode.ts'
import { GENERATE_OUTPUT } from './programs/generate.ts'
import { badRequest, tensorInputs } from './request.ts'
import { floatOutput, type Session, type TensorInput } from './session.ts'

/** Tokens per call at most: enough for full speed, few enough that scores [heads, piece, context] stay small. */
const PIECE = 128

/** The inputs and outputs that hold the cache. */
interface CacheTensor {
  readonly past: string
  readonly present: string
}

export class Decoder {
  readonly #session: Session
  readonly #config: ModelConfig
  readonly #parameters: Readonly<Record<string, TensorInput>>
  readonly #tensors: readonly CacheTensor[]
  #cache: Record<string, TensorInput> = {}
  #length = 0

  /** `session` runs the generation program of `config`; `parameters`, in manifest order, are read at every call. */
  constructor(session: Session, config: ModelConfig, parameters: Float32Array) {
    this.#session = session
    this.#config = config
    this.#parameters = tensorInputs(parameters, parameterSpecs(config))
    this.#tensors = Array.from({ length: config.layers }, (_, layer) =>
      (['key', 'value'] as const).map((part) => ({ past: pastName(layer, part), present: presentName(layer, part) })),
    ).flat()
    this.clear()
  }

  /** Tokens read; at most the context. */
  get length(): number {
    return this.#length
  }

  /** Forgets the text. */
  clear(): void {
    this.#length = 0
    this.#store(() => new Float32Array(0))
  }

  /**
   * Reads `tokens` after those before, and returns the scores of what follows the last of them, [vocabulary].
   * Throws `training/bad-request` when they do not fit the context, and `training/not-finite`.
   */
  async append(tokens: ArrayLike<number>, signal?: AbortSignal): Promise<Float32Array> {
    const { context } = this.#config
    if (tokens.length === 0 || this.#length + tokens.length > context)
      throw badRequest('the tokens do not fit the context', { before: this.#length, tokens: tokens.length, context })
    let logits: Float32Array = new Float32Array(0)
    for (let from = 0; from < tokens.length; from += PIECE) {
      signal?.throwIfAborted()
      const count = Math.min(PIECE, tokens.length - from)
      logits = await this.#run(BigInt64Array.from({ length: count }, (_, index) => BigInt(tokens[from + index] ?? 0)))
    }
    return logits
  }

  async #run(tokens: BigInt64Array): Promise<Float32Array> {
    const read = { data: tokens, shape: [1, tokens.length] }
    const outputs = await this.#session.run(
      { ...this.#parameters, ...this.#cache, [TOKENS_INPUT]: read },
      { finite: [GENERATE_OUTPUT.logits] },
    )
    this.#length += tokens.length
    this.#store((present) => floatOutput(outputs, present))
    return floatOutput(outputs, GENERATE_OUTPUT.logits)
  }

  #store(dataOf: (present: string) => Float32Array): void {
    const shape = [1, keyValueHeads(this.#config), this.#length, headSize(this.#config)]
    for (const { past, present } of this.#tensors) this.#cache[past] = { data: dataOf(present), shape }
  }
}
