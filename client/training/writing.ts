// A text that a model writes, by a prompt and a seed: whoever has the parameters gets the same one, in a browser too. What is fixed
// here is how text becomes tokens and tokens text; generate.ts makes the tokens.

import type { Generator } from './generate.ts'
import type { Tokenizer } from './tokenizer/tokenizer.ts'

export interface WritingSettings {
  readonly prompt: string
  readonly temperature: number
  readonly topK: number
  readonly maxTokens: number
}

/** Of the texts that are shown of every checkpoint: a heading, since most of what the first runs read has headings. */
export const SHOWCASE: WritingSettings = { prompt: '\n# ', temperature: 0.8, topK: 40, maxTokens: 160 }

export interface WritingRequest extends WritingSettings {
  readonly generator: Pick<Generator, 'generate'>
  readonly tokenizer: Tokenizer
  /** All parameters in manifest order. Read only. */
  readonly parameters: Float32Array
  readonly seed: number
  readonly signal?: AbortSignal
}

/**
 * The prompt and what follows it, decoded as a whole, since some tokenizers join words over the border. U+0000, which no database or
 * terminal takes, becomes U+FFFD. Throws what `Generator.generate` throws.
 */
export async function writeText(request: WritingRequest): Promise<string> {
  const { generator, tokenizer, prompt: text, ...rest } = request
  const { startOfText, endOfText } = tokenizer
  const prompt = tokenizer.encode(text)
  const tokens = generator.generate({
    ...rest,
    prompt: startOfText === undefined ? prompt : Int32Array.of(startOfText, ...prompt),
    stop: endOfText === undefined ? [] : [endOfText],
  })
  return tokenizer.decode([...prompt, ...(await Array.fromAsync(tokens))]).replaceAll('\0', '\uFFFD')
}
