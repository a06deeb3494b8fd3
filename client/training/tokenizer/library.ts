// The parts of @huggingface/tokenizers that are used here, with their types: its own are written without file extensions, which
// TypeScript does not resolve for ES modules, so that everything it exports would be unknown.

import * as tokenizers from '@huggingface/tokenizers'

export interface LibraryModel {
  /** Names of the tokens of each piece, one after another. */
  _call(pieces: string[]): string[]
  /** Longer pieces are not remembered. Of BPE only. */
  max_length_to_cache: number
}

interface Library {
  readonly BPE: new (config: object) => LibraryModel
  readonly WordPiece: new (config: object) => LibraryModel
  /** `pattern` is an expression of Oniguruma translated to JavaScript. */
  readonly SplitPreTokenizer: new (
    config: object,
  ) => { readonly pattern: RegExp | null }
}

export const { BPE, WordPiece, SplitPreTokenizer } = tokenizers as unknown as Library
