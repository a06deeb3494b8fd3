// Multiple-choice questions as EleutherAI's lm-evaluation-harness asks them: the choice whose text the model finds likeliest after
// the query is its answer. Reading them from a file is questions.ts.

import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { Question } from './questions.ts'
import type { ScorerLike } from './scorer.ts'

export interface MultipleChoiceRequest {
  readonly scorer: ScorerLike
  readonly tokenizer: Tokenizer
  readonly questions: readonly Question[]
  /** Stands between a query and each choice. Default one space. */
  readonly delimiter?: string
  readonly onProgress?: (progress: { readonly questionsDone: number; readonly questions: number }) => void
  readonly signal?: AbortSignal
}

/** A share of right answers, with the standard error of its mean; undefined for a single question. */
export interface Accuracy {
  readonly mean: number
  readonly standardError: number | undefined
}

export interface MultipleChoiceResult {
  readonly questions: number
  /** The answer is the choice of the highest log-probability. */
  readonly acc: Accuracy
  /** The same after dividing by the UTF-8 bytes of the choice. */
  readonly accNorm: Accuracy
}

/** `await measureMultipleChoice(request)`. */
export type MeasureMultipleChoice = (request: MultipleChoiceRequest) => Promise<MultipleChoiceResult>
