// A checkpoint as an ONNX file for inference, of the form that Hugging Face's optimum gives a decoder with past: transformers.js,
// onnxruntime and others load it. Weights are written piece by piece. The tokenizer and config.json are exportHuggingFace.ts.

import { bytesOf } from '../graph/dtype.ts'
import { encodeGraph } from '../graph/encode.ts'
import { type ExternalData, Graph } from '../graph/graph.ts'
import { elementCount } from '../graph/shape.ts'
import { checkModelConfig, type ModelConfig } from '../model/config.ts'
import { type ParameterSpec, parameterCount, parameterSpecs } from '../model/parameterSpecs.ts'
import { toFloat } from '../parameters.ts'
import { addGeneration } from '../programs/generate.ts'
import { badRequest } from '../request.ts'

export interface OnnxExportOptions {
  readonly config: ModelConfig
  /** In the order of `parameterSpecs(config)`: the shared state if int32, parameters if float32. Read only. */
  readonly weights: Int32Array | Float32Array
  /** Stores one file, all of `bytes`, before it resolves. Called for `model.onnx_data`, if there is one, and then for `model.onnx`. */
  readonly write: (name: string, bytes: AsyncIterable<Uint8Array>) => Promise<void>
  /** Weights of more bytes than this go to `model.onnx_data`: protobuf ends at 2 GB. Default 64 MiB, which memory then holds twice. */
  readonly externalAbove?: number
  readonly onProgress?: (progress: { readonly bytesDone: number; readonly bytes: number }) => void
  /** Heard between pieces; its reason is thrown. */
  readonly signal?: AbortSignal
}

/** A file that was written. */
export interface OnnxFile {
  readonly name: string
  readonly bytes: number
}

const MODEL_FILE = 'model.onnx'
const DATA_FILE = 'model.onnx_data'
const BYTES_PER_WEIGHT = 4
/** Weights of a piece: 4 MiB. */
const PIECE = 1 << 20
/** Tensors begin at pages, so that a reader can map them into memory. */
const PAGE = 4096

/** Weights of more bytes than this go to a file of their own, unless the caller says otherwise. */
const EXTERNAL_ABOVE = 2 ** 26

/** Whether the weights of so many parameters go to a file of their own by default. */
export function isExternal(parameters: number): boolean {
  return parameters * BYTES_PER_WEIGHT > EXTERNAL_ABOVE
}

/** A tensor and its place: in `weights` by elements, in the data file by bytes. */
interface Placed {
  readonly spec: ParameterSpec
  readonly start: number
  readonly elements: number
  readonly offset: number
}

/**
 * Writes the decoder of programs/decode.ts with `weights` in it, giving the scores after every token (`logits`), and returns the
 * files. Throws `training/bad-config`, `training/bad-request` when the weights are not the model's, and what `write` throws.
 */
export async function exportOnnx(options: OnnxExportOptions): Promise<readonly OnnxFile[]> {
  const { weights, externalAbove = EXTERNAL_ABOVE, onProgress } = options
  const config = checkModelConfig(options.config)
  const specs = parameterSpecs(config)
  if (weights.length !== parameterCount(specs))
    throw badRequest('the weights are not those of this model', {
      actual: weights.length,
      expected: parameterCount(specs),
    })
  const { tensors, bytes: dataBytes } = placed(specs)
  const external = weights.length * BYTES_PER_WEIGHT > externalAbove
  const model = modelBytes(config, tensors, (tensor) => (external ? place(tensor) : floats(weights, tensor)))
  const bytes = (external ? dataBytes : 0) + model.length

  const files: OnnxFile[] = []
  let bytesDone = 0
  const write = async (name: string, pieces: Iterable<Uint8Array>): Promise<void> => {
    const before = bytesDone
    async function* counted(): AsyncGenerator<Uint8Array> {
      for (const piece of pieces) {
        options.signal?.throwIfAborted()
        yield piece
        bytesDone += piece.length
        onProgress?.({ bytesDone, bytes })
      }
    }
    await options.write(name, counted())
    files.push({ name, bytes: bytesDone - before })
  }
  if (external) await write(DATA_FILE, dataPieces(weights, tensors))
  await write(MODEL_FILE, [model])
  return files
}

function placed(specs: readonly ParameterSpec[]): { readonly tensors: readonly Placed[]; readonly bytes: number } {
  let [start, bytes] = [0, 0]
  const tensors = specs.map((spec) => {
    const elements = elementCount(spec.shape)
    const tensor = { spec, start, elements, offset: Math.ceil(bytes / PAGE) * PAGE }
    start += elements
    bytes = tensor.offset + elements * BYTES_PER_WEIGHT
    return tensor
  })
  return { tensors, bytes }
}

function place({ offset, elements }: Placed): ExternalData {
  return { location: DATA_FILE, offset, length: elements * BYTES_PER_WEIGHT }
}

function modelBytes(
  config: ModelConfig,
  tensors: readonly Placed[],
  dataOf: (tensor: Placed) => Float32Array | ExternalData,
): Uint8Array {
  const graph = new Graph('decoder')
  const parameters = tensors.map((tensor) =>
    graph.namedConstant(tensor.spec.name, 'float32', tensor.spec.shape, dataOf(tensor)),
  )
  addGeneration(graph, config, parameters, 'all')
  return encodeGraph(graph)
}

/** The bytes of the data file: each tensor after zeros up to its place. */
function* dataPieces(weights: Int32Array | Float32Array, tensors: readonly Placed[]): Generator<Uint8Array> {
  let written = 0
  for (const { start, elements, offset } of tensors) {
    if (offset > written) yield new Uint8Array(offset - written)
    for (let from = 0; from < elements; from += PIECE) {
      const count = Math.min(PIECE, elements - from)
      yield bytesOf(floats(weights, { start: start + from, elements: count }))
    }
    written = offset + elements * BYTES_PER_WEIGHT
  }
}

function floats(
  weights: Int32Array | Float32Array,
  { start, elements }: Pick<Placed, 'start' | 'elements'>,
): Float32Array {
  const part = weights.subarray(start, start + elements)
  return part instanceof Int32Array ? toFloat(part) : part
}
