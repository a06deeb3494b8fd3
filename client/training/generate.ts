// Text from a model, one token at a time: the generation program gives the scores, sampling happens here. Not part of the
// protocol: nothing on chain depends on what is sampled.

import { checkModelConfig, type ModelConfig } from './model/config.ts'
import { parameterSpecs } from './model/parameterSpecs.ts'
import { GENERATE_INPUT, GENERATE_OUTPUT } from './programs/generate.ts'
import { Random } from './random.ts'
import { badRequest, checkTokens, requireWhole, tensorInputs } from './request.ts'
import { type DeviceOptions, floatOutput, Session } from './session.ts'

export interface GeneratorOptions extends DeviceOptions {
  /** Bytes of the generation program, made for `config`. */
  readonly program: Uint8Array
  readonly config: ModelConfig
}

export interface GenerateRequest {
  /** All parameters in manifest order. Read only. */
  readonly parameters: Float32Array
  /** At least one token; only the last `context` of them are read. */
  readonly prompt: Int32Array | Uint8Array
  readonly maxTokens: number
  /** 0 always takes the likeliest token; 1 samples from the model's own distribution. */
  readonly temperature: number
  /** Samples among this many likeliest tokens only. */
  readonly topK: number
  /** The same seed gives the same text, on the same machine. */
  readonly seed: number
  /** Heard between tokens; its reason is thrown. */
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

  /** The tokens that follow the prompt, `maxTokens` of them. Throws `training/bad-request` and `training/not-finite`. */
  async *generate(request: GenerateRequest): AsyncGenerator<number, void, void> {
    const { prompt, maxTokens, temperature, topK, signal } = request
    const { context, vocabSize } = this.#config
    requireWhole('maxTokens', maxTokens, 1)
    requireWhole('topK', topK, 1)
    requireWhole('seed', request.seed, 0)
    if (!(temperature >= 0 && temperature < Number.POSITIVE_INFINITY))
      throw badRequest('the temperature must be finite and not negative', { temperature })
    if (prompt.length === 0) throw badRequest('the prompt is empty', {})
    checkTokens(prompt, vocabSize)
    const parameters = tensorInputs(request.parameters, parameterSpecs(this.#config))
    const random = new Random(request.seed)
    const window = Array.from(prompt.subarray(-context))
    for (let count = 0; count < maxTokens; count++) {
      signal?.throwIfAborted()
      const tokens = Int32Array.from({ length: context }, (_, index) => window[index] ?? 0)
      const inputs = {
        ...parameters,
        [GENERATE_INPUT.tokens]: { data: tokens, shape: [1, context] },
        [GENERATE_INPUT.position]: { data: Int32Array.of(window.length - 1), shape: [] },
      }
      const outputs = await this.#session.run(inputs, { finite: [GENERATE_OUTPUT.logits] })
      const token = sampleToken(floatOutput(outputs, GENERATE_OUTPUT.logits), { temperature, topK, random })
      window.push(token)
      if (window.length > context) window.shift()
      yield token
    }
  }

  async dispose(): Promise<void> {
    await this.#session.dispose()
  }
}

/**
 * One token drawn with probability proportional to exp(logit / temperature) among the `topK` likeliest; of equal ones the lower
 * token ranks first.
 */
export function sampleToken(
  logits: Float32Array,
  { temperature, topK, random }: { readonly temperature: number; readonly topK: number; readonly random: Random },
): number {
  const ranked = Array.from(logits, (logit, token) => ({ token, logit }))
    .sort((a, b) => b.logit - a.logit || a.token - b.token)
    .slice(0, topK)
  const best = ranked[0]
  if (best === undefined) throw badRequest('there is no token to choose from', { logits: logits.length })
  if (temperature === 0) return best.token
  // Relative to the largest, so that no exponential overflows.
  const weights = ranked.map(({ logit }) => Math.exp((logit - best.logit) / temperature))
  let rest = random.uniform() * weights.reduce((total, weight) => total + weight, 0)
  const chosen = weights.findIndex((weight) => {
    rest -= weight
    return rest < 0
  })
  // Rounding can leave a rest of zero or a little more after the last weight.
  return ranked.at(chosen)?.token ?? best.token
}
