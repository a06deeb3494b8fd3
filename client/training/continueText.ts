// Text that goes on from a prompt, piece by piece: tokens in, tokens out, text in between. The one way in which every program asks a
// model to write, so that the same seed gives the same text in the chat, in the samples of an indexer and in a browser.

import type { Generator } from './generate.ts'
import type { SamplingOptions } from './sampling.ts'
import type { Tokenizer } from './tokenizer/tokenizer.ts'

export interface Writer {
  readonly generator: Generator
  readonly tokenizer: Tokenizer
  /** All parameters in manifest order. */
  readonly parameters: Float32Array
  /** Rows of the model's embedding. */
  readonly vocabSize: number
}

export interface TextRequest extends SamplingOptions {
  readonly prompt: string
  readonly seed: number
  /** Tokens, at most. */
  readonly maxTokens: number
  readonly signal?: AbortSignal
}

/**
 * Pieces of text, some of them empty; together they are what the model wrote, up to the end of a text if it wrote one.
 * Errors: those of `Generator.generate`.
 */
export async function* continueText(writer: Writer, request: TextRequest): AsyncGenerator<string, void, void> {
  const { generator, tokenizer, parameters, vocabSize } = writer
  const { topK = vocabSize, ...others } = request
  const decoder = tokenizer.decoder()
  const tokens = generator.generate({
    ...others,
    topK: Math.min(topK, vocabSize),
    prompt: tokensOf(request.prompt, tokenizer),
    parameters,
    stop: tokenizer.endOfText === undefined ? [] : [tokenizer.endOfText],
  })
  for await (const token of tokens) yield decoder.push(token)
  yield decoder.end()
}

function tokensOf(text: string, tokenizer: Tokenizer): Int32Array {
  const { startOfText } = tokenizer
  const tokens = tokenizer.encode(text)
  return startOfText === undefined ? tokens : Int32Array.of(startOfText, ...tokens)
}
