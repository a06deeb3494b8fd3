// What a tokenizer is to the rest of the program: text to numbers below `vocabSize` and back. The ones there are: bytesTokenizer.ts
// and huggingFaceTokenizer.ts. None of them adds a token that does not stand in the text: whoever packs documents or opens a
// prompt puts `startOfText` and `endOfText`.

/** Tokens to text as they arrive. What it has given so far never changes: half a character waits for its rest. */
export interface StreamDecoder {
  /** The text that is certain now; empty while a character is incomplete. Errors as `Tokenizer.decode`. */
  push(token: number): string
  /** What is left when no token follows; the decoder then starts anew. */
  end(): string
}

export interface EncodeOptions {
  /**
   * What a special token is where it is written out in the text: the token, as the reference takes it and a chat template needs it
   * (default), or ordinary text, so that what strangers wrote cannot end a document.
   */
  readonly specialTokens?: 'token' | 'text'
}

export interface Tokenizer {
  /** Every token is a whole number from 0 to below this: the rows that the model's embedding needs. */
  readonly vocabSize: number
  /** Stands before each document and prompt, if the model expects one there. */
  readonly startOfText?: number
  /** Stands after each document, if the vocabulary has one; ends what a model writes. */
  readonly endOfText?: number
  /** Tokens of `text`; a lone surrogate counts as U+FFFD. No start or end is added. */
  encode(text: string, options?: EncodeOptions): Int32Array
  /** Text of `tokens`, without special tokens. Throws `tokenizer/bad-token` for one that is not of the vocabulary. */
  decode(tokens: ArrayLike<number>): string
  decoder(): StreamDecoder
}
