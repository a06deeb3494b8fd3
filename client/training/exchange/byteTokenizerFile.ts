// The byte tokenizer as a tokenizer.json, so that other programs can load it: token b is the byte b of UTF-8. It is GPT-2's
// byte-level BPE without merges; the vocabulary spells each byte as the printable character that GPT-2 gives it.

import { byteCharacters } from '../tokenizer/byteAlphabet.ts'

/** tokenizer.json, as text. */
export function byteTokenizerFile(): string {
  const vocabulary = Object.fromEntries(byteCharacters.map((character, byte) => [character, byte]))
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: vocabulary,
      merges: [],
    },
  }
  return `${JSON.stringify(file, undefined, 2)}\n`
}
