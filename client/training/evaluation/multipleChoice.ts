// Multiple-choice questions as EleutherAI's lm-evaluation-harness asks them: the choice whose text the model finds likeliest after
// the query is its answer. Reading them from a file is questions.ts; wording a query is for whoever makes the file.

import { TesseraError } from '@tessera/protocol/errors'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { Question } from './questions.ts'
import { type ScoredRow, type ScorerLike, startedWith } from './scorer.ts'

export interface MultipleChoiceRequest {
  readonly scorer: ScorerLike
  readonly tokenizer: Tokenizer
  readonly questions: readonly Question[]
  /** Stands between a query and each choice. Default one space, as in the harness. */
  readonly delimiter?: string
  readonly onProgress?: (progress: { readonly questionsDone: number; readonly questions: number }) => void
  /** Heard between calls of the program; its reason is thrown. */
  readonly signal?: AbortSignal
}

/** Questions that are scored together: enough to find rows of like length. */
const GROUP = 64

/** A share of right answers, with the standard error of that mean (sample deviation / sqrt(n)); undefined for a single question. */
export interface Accuracy {
  readonly mean: number
  readonly standardError: number | undefined
}

export interface MultipleChoiceResult {
  readonly questions: number
  /** The answer is the choice with the highest log-probability. */
  readonly acc: Accuracy
  /** The same after dividing by the characters (code points) of the choice, without the delimiter. */
  readonly accNorm: Accuracy
  /** Per question the log-probability of each choice, in nats. */
  readonly logProbabilities: readonly (readonly number[])[]
}

/**
 * Of equally likely choices the first is the answer. A query too long for the context loses its beginning.
 * Throws `evaluation/no-questions`, `evaluation/choice-too-long` for a choice that alone fills the context, `training/bad-request`
 * for a tokenizer whose tokens the model does not have, and `training/not-finite`.
 */
export async function measureMultipleChoice(request: MultipleChoiceRequest): Promise<MultipleChoiceResult> {
  const { questions } = request
  if (questions.length === 0)
    throw new TesseraError('evaluation/no-questions', 'there are no questions to ask', {
      hint: 'Name a file of questions that is not empty.',
    })
  const logProbabilities = await logProbabilitiesOf(request)
  const right = (scoreOf: (logProbability: number, choice: string) => number): number[] =>
    questions.map(({ choices, gold }, index) => {
      const scores = choices.map((choice, place) => scoreOf(logProbabilities[index]?.[place] ?? Number.NaN, choice))
      return scores.indexOf(Math.max(...scores)) === gold ? 1 : 0
    })
  const characters = (text: string): number => Array.from(text).length
  return {
    questions: questions.length,
    acc: accuracyOf(right((logProbability) => logProbability)),
    accNorm: accuracyOf(right((logProbability, choice) => logProbability / characters(choice))),
    logProbabilities,
  }
}

/** Per question the log-probability of each choice. */
async function logProbabilitiesOf(request: MultipleChoiceRequest): Promise<number[][]> {
  const { scorer, tokenizer, questions, delimiter = ' ', signal } = request
  const sums: number[][] = []
  for (let first = 0; first < questions.length; first += GROUP) {
    const rows = questions.slice(first, first + GROUP).map(({ query, choices }, index) =>
      choices.map((choice) =>
        choiceRow(tokenizer, query, delimiter + choice, {
          context: scorer.config.context,
          question: first + index,
        }),
      ),
    )
    const results = (await scorer.score(rows.flat(), signal === undefined ? {} : { signal })).values()
    for (const choices of rows) sums.push(choices.map(() => sum(results.next().value ?? [])))
    request.onProgress?.({ questionsDone: sums.length, questions: questions.length })
  }
  return sums
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}

/**
 * Query and continuation as tokens, of which those of the continuation are scored. As in the harness, white space that ends the
 * query counts with the continuation, and the two are tokenized as one text, whose tokens beyond as many as the query alone has are
 * the continuation's.
 */
function choiceRow(
  tokenizer: Tokenizer,
  query: string,
  continuation: string,
  { context, question }: { readonly context: number; readonly question: number },
): ScoredRow {
  const alone = tokenizer.encode(query.trimEnd()).length
  const text = tokenizer.encode(query + continuation)
  const all = startedWith(tokenizer.startOfText, text)
  // At least the last token is scored, also where tokens merge across the seam.
  const scored = Math.max(1, text.length - alone)
  const tokens = all.subarray(-(context + 1))
  if (scored >= tokens.length)
    throw new TesseraError('evaluation/choice-too-long', 'a choice leaves no room for its query', {
      context: { question, tokens: scored, context },
      hint: 'Shorten the choice, or take a model with a longer context.',
    })
  return { tokens, from: tokens.length - scored }
}

function accuracyOf(right: readonly number[]): Accuracy {
  const mean = right.reduce((sum, one) => sum + one, 0) / right.length
  // The sample variance of n zeros and ones is mean (1 - mean) n / (n - 1).
  return { mean, standardError: right.length < 2 ? undefined : Math.sqrt((mean * (1 - mean)) / (right.length - 1)) }
}
