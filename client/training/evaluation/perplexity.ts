// How well a model foretells a text: perplexity per token, and bits per byte, which compares models of different tokenizers.

import { TesseraError } from '@tessera/protocol/errors'
import { badRequest, requireWhole } from '../request.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { type ScoredRow, type ScoreOptions, type ScorerLike, startedWith } from './scorer.ts'

export interface PerplexityRequest extends ScoreOptions {
  readonly scorer: ScorerLike
  readonly tokenizer: Tokenizer
  readonly text: string
  /**
   * Tokens that each window but the first scores, from 1 to the context; the rest of the window is what they follow. Smaller is
   * slower and scores lower. Default: half the context, rounded up.
   */
  readonly stride?: number
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

/**
 * Every token of the text is scored once, given the tokens of its window before it. The first token follows the tokenizer's start of
 * text, else its end of text; where it has neither there is nothing to go by, and the token costs ln(vocabulary), as if all were
 * equally likely. So `nats` is always the length of a code for the whole text.
 * Throws `evaluation/no-text` for an empty text, `training/bad-request` for a stride that does not fit or a tokenizer whose tokens
 * the model does not have, and `training/not-finite`.
 */
export async function measurePerplexity(request: PerplexityRequest): Promise<Perplexity> {
  const { scorer, tokenizer, text, ...options } = request
  const { context, vocabSize } = scorer.config
  const stride = request.stride ?? Math.ceil(context / 2)
  requireWhole('stride', stride, 1)
  if (stride > context) throw badRequest('the stride is longer than the context', { stride, context })
  const tokens = tokenizer.encode(text)
  if (tokens.length === 0)
    throw new TesseraError('evaluation/no-text', 'there is no text to measure', {
      hint: 'Name a file that is not empty.',
    })
  const first = tokenizer.startOfText ?? tokenizer.endOfText
  const sequence = startedWith(first, tokens)
  const results = await scorer.score(windows(sequence, context, stride), options)
  let nats = first === undefined ? Math.log(vocabSize) : 0
  for (const result of results) for (const logProbability of result) nats -= logProbability
  const bytes = new TextEncoder().encode(text).length
  return {
    tokens: tokens.length,
    bytes,
    nats,
    perplexity: Math.exp(nats / tokens.length),
    bitsPerToken: nats / Math.LN2 / tokens.length,
    bitsPerByte: nats / Math.LN2 / bytes,
  }
}

/**
 * Rows that score every token of `sequence` but the first exactly once: the first row all it can hold, each row after it the next
 * `stride` tokens, which then follow at least context + 1 - stride tokens.
 */
function windows(sequence: Int32Array, context: number, stride: number): ScoredRow[] {
  const rows: ScoredRow[] = []
  let end = Math.min(sequence.length, context + 1)
  for (let scored = 1; scored < sequence.length; end = Math.min(sequence.length, scored + stride)) {
    const start = Math.max(0, end - context - 1)
    rows.push({ tokens: sequence.subarray(start, end), from: scored - start })
    scored = end
  }
  return rows
}
