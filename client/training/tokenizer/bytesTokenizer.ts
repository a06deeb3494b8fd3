// The tokenizer without a file: a token is a byte of UTF-8.

import { TesseraError } from '@tessera/protocol/errors'
import type { StreamDecoder, Tokenizer } from './tokenizer.ts'

const VOCAB_SIZE = 256

/** Every text has tokens; not every row of tokens is text: bytes that are not UTF-8 decode to U+FFFD. */
export const bytesTokenizer: Tokenizer = {
  vocabSize: VOCAB_SIZE,
  encode: (text) => new Int32Array(new TextEncoder().encode(text)),
  decode: (tokens) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(tokens, byteOf)),
  decoder: bytesDecoder,
}

function bytesDecoder(): StreamDecoder {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return {
    push: (token) => decoder.decode(Uint8Array.of(byteOf(token)), { stream: true }),
    end: () => decoder.decode(),
  }
}

function byteOf(token: number): number {
  if (Number.isInteger(token) && token >= 0 && token < VOCAB_SIZE) return token
  throw new TesseraError('tokenizer/bad-token', `${token} is no byte`, {
    hint: 'The tokens were made by another tokenizer',
    context: { token, vocabSize: VOCAB_SIZE },
  })
}
