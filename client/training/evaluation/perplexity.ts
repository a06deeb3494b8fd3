// How well a model foretells a text: perplexity per token, and bits per byte, which compares models of different tokenizers.

import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { ScorerLike } from './scorer.ts'

export interface PerplexityRequest {
  readonly scorer: ScorerLike
  readonly tokenizer: Tokenizer
  readonly text: string
  /** Tokens that each window scores, from 1 to the context. Default: half the context, so that all but the first have as much before them. */
  readonly stride?: number
  readonly onProgress?: (progress: { readonly tokensDone: number; readonly tokens: number }) => void
  readonly signal?: AbortSignal
}

export interface Perplexity {
  /** Tokens of the text, all of them scored. */
  readonly tokens: number
  /** UTF-8 bytes of the text. */
  readonly bytes: number
  /** Minus the log-probability of the whole text. */
  readonly nats: number
  /** exp(nats / tokens). */
  readonly perplexity: number
  readonly bitsPerToken: number
  /** nats / ln 2 / bytes. */
  readonly bitsPerByte: number
}

/** `await measurePerplexity(request)`. */
export type MeasurePerplexity = (request: PerplexityRequest) => Promise<Perplexity>
