// Log-probabilities of given tokens under a model: what perplexity and multiple choice are computed from. It chooses no text.

import type { ModelConfig } from '../model/config.ts'
import type { DeviceOptions } from '../session.ts'

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

export interface ScoreOptions {
  readonly onProgress?: (progress: { readonly rowsDone: number; readonly rows: number }) => void
  /** Heard between calls of the program; its reason is thrown. */
  readonly signal?: AbortSignal
}

export interface ScorerLike {
  readonly config: ModelConfig
  /** For each row the log-probabilities, in nats, of its tokens from `from` on. */
  score(rows: readonly ScoredRow[], options?: ScoreOptions): Promise<Float32Array[]>
}
