// Text from a model, one token at a time: the generation program gives the scores and keeps what it read, sampling.ts chooses. Not
// part of the protocol: nothing on chain depends on what is sampled.

import { Decoder } from './decoder.ts'
import { checkModelConfig, type ModelConfig } from './model/config.ts'
import { Random } from './random.ts'
import { badRequest, checkTokens, requireWhole } from './request.ts'
import { checkSampling, penalize, type SamplingOptions, sampleToken } from './sampling.ts'
import { type DeviceOptions, Session } from './session.ts'

export interface GeneratorOptions extends DeviceOptions {
  /** Bytes of the generation program, made for `config`. */
  readonly program: Uint8Array
  readonly config: ModelConfig
}

export interface GenerateRequest extends SamplingOptions {
  /** All parameters in manifest order. Read only. */
  readonly parameters: Float32Array
  /** At least one token; only the last `context` of them are read. */
  readonly prompt: Int32Array | Uint8Array
  readonly maxTokens: number
  /** The same seed gives the same text, on the same machine. */
  readonly seed: number
  /** Tokens that end the text. They are not part of it. */
  readonly stop?: readonly number[]
  /** Heard between tokens and between pieces of the prompt; its reason is thrown. */
  readonly signal?: AbortSignal
}

export class Generator {
  readonly #session: Session
  readonly #config: ModelConfig

  private constructor(session: Session, config: ModelConfig) {
    this.#session = session
    this.#config = config
  }

  /** Throws `training/bad-config`, and `training/session-failed` when the runtime rejects the program or the device. */
  static async create(options: GeneratorOptions): Promise<Generator> {
    const config = checkModelConfig(options.config)
    return new Generator(await Session.create(options.program, options), config)
  }

  /**
   * The tokens that follow the prompt, until one of `stop` or `maxTokens` of them. A text may outgrow the context: when it is full,
   * the later half of it is read again as if the text began there, so that a token never follows less than that.
   * Throws `training/bad-request` and `training/not-finite`.
   */
  async *generate(request: GenerateRequest): AsyncGenerator<number, void, void> {
    const { prompt, maxTokens, stop = [], signal } = request
    const { context, vocabSize } = this.#config
    requireWhole('maxTokens', maxTokens, 1)
    requireWhole('seed', request.seed, 0)
    const sampling = checkSampling(request)
    if (prompt.length === 0) throw badRequest('the prompt is empty', {})
    checkTokens(prompt, vocabSize)
    const decoder = new Decoder(this.#session, this.#config, request.parameters)
    const random = new Random(request.seed)
    // What the model has read, and what it is yet to read.
    let text = Array.from(prompt.subarray(-context))
    let unread = text
    for (let count = 0; count < maxTokens; count++) {
      signal?.throwIfAborted()
      const logits = await decoder.append(unread, signal)
      penalize(logits, text, sampling.repetitionPenalty)
      const token = sampleToken(logits, sampling, random)
      if (stop.includes(token)) return
      yield token
      text.push(token)
      unread = [token]
      if (text.length > context) {
        text = text.slice(-Math.ceil(context / 2))
        unread = text
        decoder.clear()
      }
    }
  }

  async dispose(): Promise<void> {
    await this.#session.dispose()
  }
}
