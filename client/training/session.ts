// The only file that touches the runtime, which is onnxruntime-node, or onnxruntime-web in a browser: a program becomes a session,
// named tensors go in, named tensors come out. It checks what goes in before the runtime sees it, and turns the runtime's failures into
// ours. It keeps no tensor: the caller owns the arrays it passes and those it gets. A run computes on the calling thread, so the event
// loop stands still meanwhile.

import { TesseraError } from '@tessera/protocol/errors'
import { InferenceSession, Tensor } from '#onnxruntime'
import { type Dtype, dtypeOf, type TensorData } from './graph/dtype.ts'

export type Device = 'cpu' | 'webgpu' | 'cuda'

export interface DeviceOptions {
  /** Default `cpu`. */
  readonly device?: Device
  /** Threads inside one operation. Default 1: several miners and validators share a machine. */
  readonly threads?: number
}

export interface TensorInput {
  readonly data: TensorData
  /** Sizes; a scalar has none. */
  readonly shape: readonly number[]
}

export type TensorInputs = Readonly<Record<string, TensorInput>>
export type TensorOutputs = Readonly<Record<string, TensorData>>

/** What the program says of one of its inputs; a named size is a string. */
interface Declared {
  readonly dtype: string
  readonly shape: readonly (number | string)[]
}

export class Session {
  readonly inputs: ReadonlyMap<string, Declared>
  readonly outputs: readonly string[]
  readonly #session: InferenceSession
  #disposed = false

  private constructor(session: InferenceSession) {
    this.#session = session
    this.outputs = session.outputNames
    this.inputs = new Map(
      session.inputMetadata.map((input) => [
        input.name,
        input.isTensor ? { dtype: input.type, shape: input.shape } : { dtype: 'not a tensor', shape: [] },
      ]),
    )
  }

  /**
   * A session over the ONNX file `program`. Throws `training/session-failed` when the runtime rejects the file or has no such
   * device.
   */
  static async create(program: Uint8Array, options: DeviceOptions = {}): Promise<Session> {
    return Session.#load(program, options)
  }

  /** A session over the ONNX file at `path`, whose weights may stand in files beside it. Throws as `create`. */
  static async open(path: string, options: DeviceOptions = {}): Promise<Session> {
    return Session.#load(path, options)
  }

  static async #load(program: Uint8Array | string, options: DeviceOptions): Promise<Session> {
    const { device = 'cpu', threads = 1 } = options
    try {
      const session = await createSession(program, {
        executionProviders: [device],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        // Memory patterns take 50 MB more for the training program and save no time.
        enableMemPattern: false,
        // Fatal only: what else goes wrong is thrown, and must not be printed besides.
        logSeverityLevel: 4,
      })
      return new Session(session)
    } catch (cause) {
      throw failed(
        'the runtime could not load the program',
        { device, threads, program: typeof program === 'string' ? program : `${program.length} bytes` },
        cause,
      )
    }
  }

  /**
   * Runs the program on `inputs`, which must be exactly its inputs, and returns all its outputs. `finite` names outputs that
   * must hold finite numbers only.
   * Throws `training/bad-tensor` for a wrong name, type or shape, `training/session-failed` when the runtime fails, and
   * `training/not-finite`.
   */
  async run(inputs: TensorInputs, options: { readonly finite?: readonly string[] } = {}): Promise<TensorOutputs> {
    if (this.#disposed) throw failed('the session was disposed', {})
    this.#check(inputs)
    let outputs: TensorOutputs
    try {
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, tensorOf(input)]))
      const results = await this.#session.run(feeds)
      outputs = Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data as TensorData]))
    } catch (cause) {
      throw failed('the runtime failed while running the program', {}, cause)
    }
    for (const name of options.finite ?? []) checkFinite(name, floatOutput(outputs, name))
    return outputs
  }

  /** Frees the runtime's memory. May be called again. */
  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    await this.#session.release()
  }

  #check(inputs: TensorInputs): void {
    const sizes = new Map<string, number>()
    for (const [name, declared] of this.inputs) {
      const input = inputs[name]
      if (input === undefined) throw badTensor(`the input ${name} is missing`, { name })
      checkTensor(name, input, declared, sizes)
    }
    const unknown = Object.keys(inputs).find((name) => !this.inputs.has(name))
    if (unknown !== undefined) throw badTensor(`the program has no input ${unknown}`, { name: unknown })
  }
}

/** The runtime declares a function for each kind of program. */
function createSession(
  program: Uint8Array | string,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  return typeof program === 'string'
    ? InferenceSession.create(program, options)
    : InferenceSession.create(program, options)
}

/** The float32 output `name`. Throws `training/bad-tensor` when the program has no such output. */
export function floatOutput(outputs: TensorOutputs, name: string): Float32Array {
  const data = outputs[name]
  if (!(data instanceof Float32Array)) throw badTensor(`the program has no float32 output ${name}`, { name })
  return data
}

/** Throws `training/not-finite` naming the first entry of `values` that is no finite number. */
function checkFinite(name: string, values: Float32Array): void {
  const index = values.findIndex((value) => !Number.isFinite(value))
  if (index < 0) return
  throw new TesseraError('training/not-finite', `${name} holds a number that is not finite`, {
    context: { name, index, value: values[index] },
    hint: 'The parameters have grown out of bounds or are damaged; go back to the last checkpoint.',
  })
}

/** `sizes` collects the named sizes, which must agree between inputs. */
function checkTensor(name: string, input: TensorInput, declared: Declared, sizes: Map<string, number>): void {
  const dtype: Dtype = dtypeOf(input.data)
  const context = { name, dtype, shape: input.shape, elements: input.data.length, declared }
  if (dtype !== declared.dtype) throw badTensor(`the input ${name} must be ${declared.dtype}`, context)
  const fits =
    input.shape.length === declared.shape.length &&
    declared.shape.every((size, axis) => {
      const actual = input.shape[axis]
      if (actual === undefined) return false
      if (typeof size === 'number') return size === actual
      const agreed = sizes.get(size) ?? actual
      sizes.set(size, agreed)
      return agreed === actual
    })
  const elements = input.shape.reduce((product, size) => product * size, 1)
  if (!fits || elements !== input.data.length) throw badTensor(`the input ${name} has the wrong shape`, context)
}

function tensorOf({ data, shape }: TensorInput): Tensor {
  return data instanceof Uint8Array ? new Tensor('bool', data, shape) : new Tensor(data, shape)
}

function badTensor(message: string, context: Readonly<Record<string, unknown>>): TesseraError {
  return new TesseraError('training/bad-tensor', message, {
    context,
    hint: 'The program and the data belong to different models or batch sizes; use the program of this run.',
  })
}

function failed(message: string, context: Readonly<Record<string, unknown>>, cause?: unknown): TesseraError {
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  return new TesseraError('training/session-failed', `${message}${reason}`, {
    context,
    cause,
    hint: 'Use device `cpu` if the machine has no usable GPU; otherwise check that the program is the one named in the manifest.',
  })
}
