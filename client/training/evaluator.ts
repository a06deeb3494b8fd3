// Mean losses of single samples under given parameters: what scores are computed from. It chooses no samples and keeps no
// parameters.

import { checkModelConfig, type ModelConfig, requireTrainable } from './model/config.ts'
import { type ParameterSpec, parameterSpecs } from './model/parameterSpecs.ts'
import { EVALUATE_INPUT, EVALUATE_OUTPUT } from './programs/evaluate.ts'
import { badRequest, checkTokens, requireWhole, tensorInputs } from './request.ts'
import { type DeviceOptions, floatOutput, Session } from './session.ts'

export interface EvaluatorOptions extends DeviceOptions {
  /** Bytes of the evaluation program, made for `config` and `batch`. */
  readonly program: Uint8Array
  readonly config: ModelConfig
  /** Samples per call of the program. */
  readonly batch: number
}

export interface LossRequest {
  /** All parameters in manifest order. Read only. */
  readonly parameters: Float32Array
  /** Tokens [n, T + 1], row-major. */
  readonly samples: Int32Array | Uint8Array
  readonly onProgress?: (progress: { readonly samplesDone: number; readonly samples: number }) => void
  /** Heard between batches; its reason is thrown. */
  readonly signal?: AbortSignal
}

export class Evaluator {
  readonly #session: Session
  readonly #config: ModelConfig
  readonly #specs: readonly ParameterSpec[]
  readonly #batch: number

  private constructor(session: Session, config: ModelConfig, batch: number) {
    this.#session = session
    this.#config = config
    this.#specs = parameterSpecs(config)
    this.#batch = batch
  }

  /** Throws `training/bad-config`, and `training/session-failed` when the runtime rejects the program or the device. */
  static async create(options: EvaluatorOptions): Promise<Evaluator> {
    const config = checkModelConfig(options.config)
    requireTrainable(config)
    requireWhole('batch', options.batch, 1)
    return new Evaluator(await Session.create(options.program, options), config, options.batch)
  }

  /**
   * The mean loss of each sample, [n], in nats per token. A sample's loss does not depend on those it shares a batch with.
   * Throws `training/bad-request`, `training/bad-tensor`, and `training/not-finite` when a loss is not finite.
   */
  async loss(request: LossRequest): Promise<Float32Array> {
    const { samples, signal, onProgress } = request
    const length = this.#config.context + 1
    const count = samples.length / length
    if (!Number.isInteger(count) || count < 1)
      throw badRequest('the samples do not fill whole rows', { tokens: samples.length, row: length })
    checkTokens(samples, this.#config.vocabSize)
    const parameters = tensorInputs(request.parameters, this.#specs)
    const losses = new Float32Array(count)
    for (let done = 0; done < count; done += this.#batch) {
      signal?.throwIfAborted()
      const rows = Math.min(this.#batch, count - done)
      // Rows that the last batch lacks stay zero: a valid token, and their losses are never read.
      const data = new Int32Array(this.#batch * length)
      data.set(samples.subarray(done * length, (done + rows) * length))
      const tokens = { data, shape: [this.#batch, length] }
      const finite = [EVALUATE_OUTPUT.losses]
      const outputs = await this.#session.run({ ...parameters, [EVALUATE_INPUT.tokens]: tokens }, { finite })
      losses.set(floatOutput(outputs, EVALUATE_OUTPUT.losses).subarray(0, rows), done)
      onProgress?.({ samplesDone: done + rows, samples: count })
    }
    return losses
  }

  async dispose(): Promise<void> {
    await this.#session.dispose()
  }
}
