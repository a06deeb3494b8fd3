// A checkpoint as an ONNX file for inference, of the form that Hugging Face's optimum gives a decoder with past: transformers.js,
// onnxruntime and others load it. Weights are written tensor by tensor. The tokenizer and config.json are exportHuggingFace.ts.

import type { ModelConfig } from '../model/config.ts'

export interface OnnxExportOptions {
  readonly config: ModelConfig
  /** In the order of `parameterSpecs(config)`: the shared state if int32, parameters if float32. Read only. */
  readonly weights: Int32Array | Float32Array
  /** Stores one file, whose bytes must be taken before the next is asked for; called for `model.onnx_data`, if any, then `model.onnx`. */
  readonly write: (name: string, bytes: AsyncIterable<Uint8Array>) => Promise<void>
  /** Weights of more bytes than this go to `model.onnx_data`, without which protobuf would end at 2 GB. Default 64 MiB. */
  readonly externalAbove?: number
  readonly onProgress?: (progress: { readonly bytesDone: number; readonly bytes: number }) => void
  readonly signal?: AbortSignal
}

/** A file that was written. */
export interface OnnxFile {
  readonly name: string
  readonly bytes: number
}

/** `await exportOnnx(options)` gives the files. Throws `training/bad-config` and `training/bad-tensor`. */
export type ExportOnnx = (options: OnnxExportOptions) => Promise<readonly OnnxFile[]>
