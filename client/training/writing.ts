// A text that a model writes, by a prompt and a seed: whoever has the parameters gets the same one, in a browser too. What is fixed
// here is how text becomes tokens and tokens text, for the chat, the samples of an indexer and the model in a page; generate.ts makes
// the tokens.

import type { GenerateRequest, Generator } from './generate.ts'
import type { SamplingOptions } from './sampling.ts'
import type { Tokenizer } from './tokenizer/tokenizer.ts'

export interface WritingSettings {
  readonly prompt: string
  readonly temperature: number
  readonly topK: number
  readonly maxTokens: number
}

/** Of the texts that are shown of every checkpoint: a heading, since most of what the first runs read has headings. */
export const SHOWCASE: WritingSettings = { prompt: '\n# ', temperature: 0.8, topK: 40, maxTokens: 160 }

/** Who writes. */
export interface Writer {
  readonly generator: Pick<Generator, 'generate'>
  readonly tokenizer: Tokenizer
  /** All parameters in manifest order. Read only. */
  readonly parameters: Float32Array
}

export interface WritingRequest extends WritingSettings, SamplingOptions {
  readonly temperature: number
  readonly topK: number
  readonly seed: number
  readonly signal?: AbortSignal
}

/**
 * The prompt and what follows it, decoded as a whole, since some tokenizers join words over the border. U+0000, which no database or
 * terminal takes, becomes U+FFFD. Throws what `Generator.generate` throws.
 */
export async function writeText(request: WritingRequest & Writer): Promise<string> {
  const { generator, tokenizer } = request
  const prompt = tokenizer.encode(request.prompt)
  const tokens = generator.generate(tokenRequest(request, prompt))
  return tokenizer.decode([...prompt, ...(await Array.fromAsync(tokens))]).replaceAll('\0', '\uFFFD')
}

/** What follows the prompt, in pieces as it comes, some of them empty. Throws what `Generator.generate` throws. */
export async function* continueText(request: WritingRequest & Writer): AsyncGenerator<string, void, void> {
  const { generator, tokenizer } = request
  const decoder = tokenizer.decoder()
  const tokens = generator.generate(tokenRequest(request, tokenizer.encode(request.prompt)))
  for await (const token of tokens) yield decoder.push(token)
  yield decoder.end()
}

function tokenRequest(request: WritingRequest & Writer, prompt: Int32Array): GenerateRequest {
  const { generator: _, tokenizer, ...rest } = request
  const { startOfText, endOfText } = tokenizer
  return {
    ...rest,
    prompt: startOfText === undefined ? prompt : Int32Array.of(startOfText, ...prompt),
    stop: endOfText === undefined ? [] : [endOfText],
  }
}
