// The model of a tokenizer: a piece of text to the numbers of its tokens. BPE and WordPiece are the library's; here their files
// are checked before the library sees them, because it takes anything, and what it does otherwise than the reference is refused.

import { badFile, countOf, flagOf, listOf, type Part, textOf, unsupported } from './jsonParts.ts'
import { BPE, type LibraryModel, WordPiece } from './library.ts'
import { createUnigram } from './unigram.ts'

export interface PieceModel {
  readonly vocabulary: ReadonlyMap<string, number>
  /** The parts of a piece that have their tokens independently, if those are less than the piece. */
  readonly words: ((piece: string) => readonly string[]) | undefined
  encode(word: string): readonly number[]
}

/** Rows of an embedding that a run's manifest may have. */
export const MAX_VOCABULARY = 2 ** 20
const MAX_MERGES = 2 ** 21
const MAX_TOKEN = 4096
/** A longer word is unknown as a whole; the search of its parts is quadratic. */
const MAX_WORD = 1000
const METASPACE = '\u2581'

/** Throws `tokenizer/bad-file` and `tokenizer/unsupported`. */
export function createModel(model: Part): PieceModel {
  // Files from before the type was written down have merges, or a list with scores, or neither.
  const type = model.type ?? (model.merges !== undefined ? 'BPE' : Array.isArray(model.vocab) ? 'Unigram' : 'WordPiece')
  if (type === 'BPE') return bytePairs(model)
  if (type === 'WordPiece') return wordPieces(model)
  if (type === 'Unigram') return unigram(model)
  throw unsupported('model', textOf(type, 'model.type'))
}

function bytePairs(model: Part): PieceModel {
  const vocabulary = vocabularyOf(model.vocab)
  if (typeof model.dropout === 'number' && model.dropout > 0) throw unsupported('model', 'BPE with dropout')
  if (textOf(model.continuing_subword_prefix, 'model.continuing_subword_prefix', '') !== '')
    throw unsupported('model', 'BPE with a prefix of continuing parts')
  const suffix = textOf(model.end_of_word_suffix, 'model.end_of_word_suffix', '')
  const fallback = flagOf(model.byte_fallback, 'model.byte_fallback', false)
  const ignoreMerges = flagOf(model.ignore_merges, 'model.ignore_merges', false)
  const unknown = unknownOf(model, vocabulary)
  const merges = mergesOf(model.merges, vocabulary, fallback)
  const bpe = new BPE({
    type: 'BPE',
    vocab: Object.fromEntries(vocabulary),
    merges,
    byte_fallback: fallback,
    ignore_merges: ignoreMerges,
    fuse_unk: flagOf(model.fuse_unk, 'model.fuse_unk', false),
    ...(unknown === undefined ? {} : { unk_token: unknown }),
    ...(suffix === '' ? {} : { end_of_word_suffix: suffix }),
  })
  // Pieces are remembered one level up, as numbers.
  bpe.max_length_to_cache = 0
  const encode = numbersOf(bpe, vocabulary)
  const cuts = !ignoreMerges && suffix === '' && vocabulary.has(METASPACE) && !merges.some(crossesWords)
  return { vocabulary, words: cuts ? wordsOf : undefined, encode }
}

/**
 * SentencePiece gives a whole text to the model as one piece. Where no merge makes a token in which a mark follows another
 * character, the words with their marks are merged independently, and can be remembered.
 */
function crossesWords([left, right]: readonly [string, string]): boolean {
  return /[^\u2581]\u2581/u.test(left + right)
}

function wordsOf(piece: string): string[] {
  return piece.match(/\u2581*[^\u2581]+|\u2581+/gu) ?? []
}

function mergesOf(value: unknown, vocabulary: ReadonlyMap<string, number>, fallback: boolean): [string, string][] {
  return listOf(value, 'model.merges', MAX_MERGES).map((merge, i) => {
    const [left, right, ...rest] = typeof merge === 'string' ? merge.split(' ') : listOf(merge, `model.merges[${i}]`, 2)
    if (typeof left !== 'string' || typeof right !== 'string' || rest.length > 0)
      throw badFile(`model.merges[${i}]`, 'is no pair of tokens')
    if (!vocabulary.has(left) || !vocabulary.has(right) || !vocabulary.has(left + right))
      throw badFile(`model.merges[${i}]`, 'has a token that is not in the vocabulary')
    // The reference turns unknown characters into byte tokens before it merges, the library after.
    if (fallback && /^<0x[0-9A-F]{2}>$/.test(left)) throw unsupported(`model.merges[${i}]`, 'a merge of byte tokens')
    return [left, right]
  })
}

function wordPieces(model: Part): PieceModel {
  const vocabulary = vocabularyOf(model.vocab)
  const unknown = textOf(model.unk_token, 'model.unk_token')
  if (!vocabulary.has(unknown)) throw badFile('model.unk_token', 'is not in the vocabulary')
  const wordPiece = new WordPiece({
    type: 'WordPiece',
    vocab: Object.fromEntries(vocabulary),
    unk_token: unknown,
    continuing_subword_prefix: textOf(model.continuing_subword_prefix, 'model.continuing_subword_prefix', '##'),
    max_input_chars_per_word: countOf(model.max_input_chars_per_word, 'model.max_input_chars_per_word', MAX_WORD, 100),
  })
  return { vocabulary, words: undefined, encode: numbersOf(wordPiece, vocabulary) }
}

function unigram(model: Part): PieceModel {
  const vocabulary = new Map<string, number>()
  const scores = listOf(model.vocab, 'model.vocab', MAX_VOCABULARY).map((entry, i): number => {
    const [token, score] = listOf(entry, `model.vocab[${i}]`, 2)
    if (typeof token !== 'string' || token.length > MAX_TOKEN || typeof score !== 'number')
      throw badFile(`model.vocab[${i}]`, 'is no token with a score')
    if (vocabulary.has(token)) throw badFile(`model.vocab[${i}]`, 'stands there twice')
    vocabulary.set(token, i)
    return score
  })
  if (scores.length === 0) throw badFile('model.vocab', 'is empty')
  const unknown = countOf(model.unk_id, 'model.unk_id', scores.length - 1)
  const fallback = flagOf(model.byte_fallback, 'model.byte_fallback', false)
  const bytes = fallback ? byteTokens(vocabulary) : undefined
  return { vocabulary, words: undefined, encode: createUnigram({ vocabulary, scores, unknown, bytes }) }
}

function byteTokens(vocabulary: ReadonlyMap<string, number>): number[] {
  return Array.from({ length: 256 }, (_, byte) => {
    const id = vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
    if (id === undefined) throw badFile('model.vocab', `has no token for the byte ${byte}, which byte_fallback needs`)
    return id
  })
}

function numbersOf(model: LibraryModel, vocabulary: ReadonlyMap<string, number>): (piece: string) => number[] {
  return (piece) => model._call([piece]).flatMap((token) => vocabulary.get(token) ?? [])
}

function vocabularyOf(value: unknown): Map<string, number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badFile('model.vocab', 'is no object')
  const vocabulary = new Map<string, number>()
  for (const [token, id] of Object.entries(value)) {
    if (token.length > MAX_TOKEN) throw badFile('model.vocab', `has a token of ${token.length} characters`)
    vocabulary.set(token, countOf(id, `model.vocab[${JSON.stringify(token)}]`, MAX_VOCABULARY - 1))
  }
  if (vocabulary.size === 0) throw badFile('model.vocab', 'is empty')
  return vocabulary
}

function unknownOf(model: Part, vocabulary: ReadonlyMap<string, number>): string | undefined {
  if (model.unk_token === null || model.unk_token === undefined) return undefined
  const unknown = textOf(model.unk_token, 'model.unk_token')
  if (!vocabulary.has(unknown)) throw badFile('model.unk_token', 'is not in the vocabulary')
  return unknown
}
