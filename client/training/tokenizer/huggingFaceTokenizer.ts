// A tokenizer out of the files that models are published with: tokenizer.json and, if there, tokenizer_config.json. The same tokens
// as the reference (Python's tokenizers) gives, or a refusal. Not the chat template, which is the caller's.

import { TesseraError } from '@tessera/protocol/errors'
import { type AddedToken, createSplitter, type Section } from './addedTokens.ts'
import { createDecoder, type TextDecoding } from './decoders.ts'
import { badFile, countOf, flagOf, listOf, type Part, partOf, textOf } from './jsonParts.ts'
import { createModel, MAX_VOCABULARY, type PieceModel } from './models.ts'
import { createNormalizer, type Normalizer } from './normalizers.ts'
import { createPreTokenizer, type PreTokenizer, unchanged } from './preTokenizers.ts'
import type { EncodeOptions, StreamDecoder, Tokenizer } from './tokenizer.ts'

/** The largest in use, with 262,144 tokens, has 33 MB. */
export const MAX_TOKENIZER_BYTES = 2 ** 26
const MAX_CONFIG_BYTES = 2 ** 24
/** Pieces whose tokens are remembered; all are forgotten when it is full. */
const REMEMBERED = 2 ** 17
const REMEMBERED_LENGTH = 64
/** What ends a text, where no configuration says so: GPT-2, LLaMA 3, LLaMA 2, Gemma. */
const ENDS = ['<|endoftext|>', '<|end_of_text|>', '</s>', '<eos>']

/**
 * @param json tokenizer.json
 * @param config tokenizer_config.json, for the start and end of a text
 * @throws `tokenizer/too-large`, `tokenizer/bad-file`, `tokenizer/unsupported`
 */
export function huggingFaceTokenizer(json: Uint8Array, config?: Uint8Array): Tokenizer {
  const file = parse(json, 'the file', MAX_TOKENIZER_BYTES)
  const settings = config === undefined ? {} : parse(config, 'the configuration', MAX_CONFIG_BYTES)
  const model = createModel(partOf(file.model, 'model'))
  const added = addedTokensOf(file.added_tokens)
  const names = namesOf(model.vocabulary, added)
  return new HuggingFaceTokenizer({
    normalizer: createNormalizer(file.normalizer),
    preTokenizer: createPreTokenizer(file.pre_tokenizer),
    model,
    decoding: createDecoder(file.decoder),
    added,
    names,
    startOfText: startOf(file, settings, names),
    endOfText: endOf(settings, names, added),
  })
}

interface Parts {
  readonly normalizer: Normalizer | undefined
  readonly preTokenizer: PreTokenizer
  readonly model: PieceModel
  readonly decoding: TextDecoding
  readonly added: readonly AddedToken[]
  /** Names by number; there may be gaps. */
  readonly names: readonly (string | undefined)[]
  readonly startOfText: number | undefined
  readonly endOfText: number | undefined
}

class HuggingFaceTokenizer implements Tokenizer {
  readonly vocabSize: number
  readonly startOfText?: number
  readonly endOfText?: number
  readonly #parts: Parts
  readonly #special: ReadonlySet<number>
  readonly #split: (text: string) => Section[]
  readonly #splitNormalized: (text: string) => Section[]
  readonly #splitOrdinary: (text: string) => Section[]
  readonly #remembered = new Map<string, readonly number[]>()

  constructor(parts: Parts) {
    const { normalizer, added, names } = parts
    this.#parts = parts
    this.vocabSize = names.length
    if (parts.startOfText !== undefined) this.startOfText = parts.startOfText
    if (parts.endOfText !== undefined) this.endOfText = parts.endOfText
    this.#special = new Set(added.filter((token) => token.special).map((token) => token.id))
    const late = added.filter((token) => token.normalized && normalizer !== undefined)
    const early = added.filter((token) => !late.includes(token))
    this.#split = createSplitter(early, (content) => content)
    this.#splitOrdinary = createSplitter(
      early.filter((token) => !token.special),
      (content) => content,
    )
    this.#splitNormalized = createSplitter(late, (content) => normalizer?.(content) ?? content)
  }

  encode(text: string, options: EncodeOptions = {}): Int32Array {
    const split = options.specialTokens === 'text' ? this.#splitOrdinary : this.#split
    const out: number[] = []
    for (const section of split(text.toWellFormed())) {
      if ('token' in section) out.push(section.token)
      else this.#encodeSection(section.text, section.start === 0, out)
    }
    return Int32Array.from(out)
  }

  #encodeSection(text: string, atStart: boolean, out: number[]): void {
    const { normalizer, preTokenizer, model } = this.#parts
    const words = preTokenizer.finish === unchanged ? model.words : undefined
    const sections = this.#splitNormalized(normalizer?.(text) ?? text)
    for (const section of sections) {
      if ('token' in section) out.push(section.token)
      else
        for (const piece of preTokenizer.cut(section.text, atStart && section.start === 0))
          for (const word of words?.(piece) ?? [piece]) for (const token of this.#tokensOf(word)) out.push(token)
    }
  }

  #tokensOf(piece: string): readonly number[] {
    const known = this.#remembered.get(piece)
    if (known !== undefined) return known
    const { model, preTokenizer } = this.#parts
    const tokens = model.encode(preTokenizer.finish(piece))
    if (piece.length > REMEMBERED_LENGTH) return tokens
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear()
    this.#remembered.set(piece, tokens)
    return tokens
  }

  decode(tokens: ArrayLike<number>): string {
    const names = Array.from(tokens, (token) => this.#nameOf(token))
    return this.#parts.decoding.decode(names.filter((name) => name !== undefined))
  }

  decoder(): StreamDecoder {
    const stream = this.#parts.decoding.stream()
    return {
      push: (token) => {
        const name = this.#nameOf(token)
        return name === undefined ? '' : stream.push(name)
      },
      end: () => stream.end(),
    }
  }

  /** Undefined for a special token, which is no text. */
  #nameOf(token: number): string | undefined {
    const name = this.#parts.names[token]
    if (name !== undefined) return this.#special.has(token) ? undefined : name
    throw new TesseraError('tokenizer/bad-token', `token ${token} is not in the vocabulary`, {
      hint: 'The tokens were made by another tokenizer, or the model has more rows than its tokenizer has tokens',
      context: { token, vocabSize: this.vocabSize },
    })
  }
}

function parse(bytes: Uint8Array, where: string, most: number): Part {
  if (bytes.length > most)
    throw new TesseraError(
      'tokenizer/too-large',
      `${where} of the tokenizer has ${bytes.length} bytes, more than ${most}`,
      {
        hint: 'Use the tokenizer.json that was published with the model',
        context: { size: bytes.length, most },
      },
    )
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw badFile(where, 'is no JSON', cause)
  }
  return partOf(value, where)
}

function addedTokensOf(value: unknown): AddedToken[] {
  return listOf(value ?? [], 'added_tokens', MAX_VOCABULARY).map((entry, i) => {
    const where = `added_tokens[${i}]`
    const part = partOf(entry, where)
    const content = textOf(part.content, `${where}.content`)
    const special = flagOf(part.special, where, false)
    if (content === '' || content.length > 4096) throw badFile(`${where}.content`, `has ${content.length} characters`)
    return {
      id: countOf(part.id, `${where}.id`, MAX_VOCABULARY - 1),
      content,
      singleWord: flagOf(part.single_word, where, false),
      stripLeft: flagOf(part.lstrip, where, false),
      stripRight: flagOf(part.rstrip, where, false),
      normalized: flagOf(part.normalized, where, !special),
      special,
    }
  })
}

function namesOf(vocabulary: ReadonlyMap<string, number>, added: readonly AddedToken[]): (string | undefined)[] {
  let size = 0
  for (const id of vocabulary.values()) size = Math.max(size, id + 1)
  for (const { id } of added) size = Math.max(size, id + 1)
  const names = new Array<string | undefined>(size).fill(undefined)
  const put = (name: string, id: number) => {
    if (names[id] !== undefined && names[id] !== name) throw badFile('model.vocab', `gives ${id} to two tokens`)
    names[id] = name
  }
  for (const [name, id] of vocabulary) put(name, id)
  for (const { content, id } of added) {
    if ((vocabulary.get(content) ?? id) !== id)
      throw badFile('added_tokens', `gives ${JSON.stringify(content)} another number`)
    put(content, id)
  }
  return names
}

/** The token that the file puts before a text, unless the configuration says that none is put there. */
function startOf(file: Part, settings: Part, names: readonly (string | undefined)[]): number | undefined {
  if (settings.add_bos_token === false) return undefined
  const start =
    templateStart(file.post_processor) ?? (settings.add_bos_token === true ? tokenName(settings.bos_token) : undefined)
  return start === undefined ? undefined : indexOf(names, start, 'bos_token')
}

function templateStart(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined
  const part = partOf(value, 'post_processor')
  if (part.type === 'Sequence')
    return listOf(part.processors, 'post_processor.processors', 64)
      .map(templateStart)
      .find((start) => start !== undefined)
  if (part.type !== 'TemplateProcessing') return undefined
  const [first] = listOf(part.single, 'post_processor.single', 64)
  const { SpecialToken: token } = partOf(first, 'post_processor.single[0]')
  return token === undefined
    ? undefined
    : textOf(partOf(token, 'post_processor.single[0]').id, 'post_processor.single[0].id')
}

function endOf(
  settings: Part,
  names: readonly (string | undefined)[],
  added: readonly AddedToken[],
): number | undefined {
  const named = tokenName(settings.eos_token)
  if (named !== undefined) return indexOf(names, named, 'eos_token')
  return ENDS.map((end) => added.find((token) => token.special && token.content === end)?.id).find(
    (id) => id !== undefined,
  )
}

/** A token in a configuration: its text, or an object with the text. */
function tokenName(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined
  return typeof value === 'string' ? value : textOf(partOf(value, 'the configuration').content, 'the configuration')
}

function indexOf(names: readonly (string | undefined)[], name: string, where: string): number {
  const index = names.indexOf(name)
  if (index < 0) throw badFile(where, `is ${JSON.stringify(name)}, which is not in the vocabulary`)
  return index
}
