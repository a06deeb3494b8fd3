// A checkpoint as a folder that Hugging Face's transformers, vLLM, llama.cpp's converter and others read: config.json, safetensors,
// tokenizer, model card. The folder appears whole or not at all.

import type { ModelConfig } from '../model/config.ts'
import type { SpecialTokens } from './importHuggingFace.ts'

export type ExportDtype = 'float32' | 'bfloat16' | 'float16'

export interface ExportOptions {
  /** Made by the export. */
  readonly folder: string
  readonly config: ModelConfig
  /** In the order of `parameterSpecs(config)`: the shared state if int32, parameters if float32. */
  readonly weights: Int32Array | Float32Array
  /** Default float32, which keeps what programs see of the state exactly (`toFloat`); the others round to nearest even. */
  readonly dtype?: ExportDtype
  readonly tokenizer: ExportTokenizer
  /** Written as `max_position_embeddings`. Default: the context. */
  readonly longestContext?: number
  readonly specialTokens?: SpecialTokens
  readonly card: ModelCard
  /** A file of weights is cut before it grows beyond this. Default 5 GB, as Hugging Face does. */
  readonly shardBytes?: number
  /** Replace an earlier export in `folder`. Anything else there is never touched. Default false. */
  readonly overwrite?: boolean
  readonly onProgress?: (progress: { readonly bytesDone: number; readonly bytes: number }) => void
  readonly signal?: AbortSignal
}

/** `bytes`: a tokenizer.json is written that maps the bytes of UTF-8 to tokens 0 to 255. */
export type ExportTokenizer =
  | { readonly kind: 'bytes' }
  | { readonly kind: 'huggingface'; readonly file: Uint8Array; readonly config?: Uint8Array }

/** What README.md says of the model. */
export interface ModelCard {
  readonly name: string
  /** An identifier of Hugging Face's list, e.g. `apache-2.0`. */
  readonly license: string
  /** The run that trained it, as text. */
  readonly run?: string
  readonly round?: number
  /** State root, 0x. */
  readonly root?: string
  /** Where the run's weights came from, e.g. `HuggingFaceTB/SmolLM2-135M`. */
  readonly baseModel?: string
}

export interface ExportedModel {
  readonly folder: string
  readonly files: readonly { readonly name: string; readonly bytes: number }[]
}
