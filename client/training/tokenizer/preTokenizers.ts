// How a tokenizer cuts text into the pieces that its model takes one by one. Written here because the library knows words, digits
// and punctuation of ASCII only where the reference knows those of Unicode.

import { toByteCharacters } from './byteAlphabet.ts'
import { badFile, flagOf, listOf, type Part, partOf, textOf, unsupported } from './jsonParts.ts'
import { behaviorOf, cut, patternOf } from './pattern.ts'

/** Cuts `text`; `atStart` says that the whole text begins with it. No piece is empty. */
type Cutter = (text: string, atStart: boolean) => string[]

export interface PreTokenizer {
  readonly cut: Cutter
  /** What the model gets for a piece, apart because what it gives for a piece can be remembered. */
  readonly finish: (piece: string) => string
}

export const unchanged = (piece: string): string => piece

const MAX_PARTS = 64
const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}'
const WORDS = new RegExp(`[${WORD}]+|[^${WORD}\\p{White_Space}]+`, 'gu')
const SPACES = /\p{White_Space}/gu
const PUNCTUATION = /[\p{P}!-/:-@[-`{-~]/gu
/** Those that put other characters for the text's, and drop nothing. */
const REWRITING = new Set(['ByteLevel', 'Metaspace', 'Sequence'])
/** The pattern of GPT-2, as the reference has it built in. White space is Unicode's, which JavaScript's own \s is not. */
const GPT2 =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu

/** The cutter that `config` describes; without one the text is one piece. Throws `tokenizer/bad-file` and `tokenizer/unsupported`. */
export function createPreTokenizer(config: unknown, where = 'pre_tokenizer'): PreTokenizer {
  if (config === null || config === undefined) return { cut: (text) => (text === '' ? [] : [text]), finish: unchanged }
  const part = partOf(config, where)
  if (part.type === 'Sequence') return sequence(part, where)
  if (part.type === 'ByteLevel') return { cut: byteLevel(part, where), finish: toByteCharacters }
  return { cut: cutterOf(part, where), finish: unchanged }
}

function cutterOf(part: Part, where: string): Cutter {
  const type = textOf(part.type, `${where}.type`)
  switch (type) {
    case 'Metaspace':
      return metaspace(part, where)
    case 'Split': {
      const pattern = patternOf(part.pattern, `${where}.pattern`)
      const behavior = behaviorOf(part, where)
      const invert = flagOf(part.invert, `${where}.invert`, false)
      return (text) => cut(text, pattern, behavior, invert)
    }
    case 'Whitespace':
      return (text) => cut(text, WORDS, 'Removed', true)
    case 'WhitespaceSplit':
      return (text) => cut(text, SPACES, 'Removed')
    case 'BertPreTokenizer':
      return (text) => cut(text, SPACES, 'Removed').flatMap((word) => cut(word, PUNCTUATION, 'Isolated'))
    case 'Punctuation': {
      const behavior = behaviorOf(part, where, 'Isolated')
      return (text) => cut(text, PUNCTUATION, behavior)
    }
    case 'Digits': {
      const pattern = flagOf(part.individual_digits, where, false) ? /\p{N}/gu : /\p{N}+/gu
      return (text) => cut(text, pattern, 'Isolated')
    }
    default:
      throw unsupported(where, type)
  }
}

function sequence(part: Part, where: string): PreTokenizer {
  const configs = listOf(part.pretokenizers, `${where}.pretokenizers`, MAX_PARTS)
  const steps = configs.map((config, i) => ({
    ...createPreTokenizer(config, `${where}.pretokenizers[${i}]`),
    late: i === configs.length - 1,
    rewrites: REWRITING.has(String(partOf(config, where).type)),
  }))
  const cut: Cutter = (text, atStart) => {
    let pieces = text === '' ? [] : [{ text, atStart }]
    for (const step of steps)
      pieces = pieces.flatMap((piece) =>
        step.cut(piece.text, piece.atStart).map((inner, i) => ({
          text: step.late ? inner : step.finish(inner),
          // The first piece is at the start unless something before it was dropped.
          atStart: piece.atStart && i === 0 && (step.rewrites || piece.text.startsWith(inner)),
        })),
      )
    return pieces.map((piece) => piece.text)
  }
  return { cut, finish: steps.at(-1)?.finish ?? unchanged }
}

function byteLevel(part: Part, where: string): Cutter {
  const prefix = flagOf(part.add_prefix_space, `${where}.add_prefix_space`, true)
  const words = flagOf(part.use_regex, `${where}.use_regex`, true)
  return (text) => {
    if (text === '') return []
    const whole = prefix && !text.startsWith(' ') ? ` ${text}` : text
    return words ? cut(whole, GPT2, 'Isolated') : [whole]
  }
}

function metaspace(part: Part, where: string): Cutter {
  const mark = textOf(part.replacement, `${where}.replacement`, '\u2581')
  if ([...mark].length !== 1) throw badFile(`${where}.replacement`, 'is not one character')
  const scheme = prependScheme(part, where)
  const split = flagOf(part.split, `${where}.split`, true)
  const words = new RegExp(mark.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&'), 'gu')
  return (text, atStart) => {
    if (text === '') return []
    const marked = text.replaceAll(' ', mark)
    const prepend = !marked.startsWith(mark) && (scheme === 'always' || (scheme === 'first' && atStart))
    const whole = prepend ? mark + marked : marked
    return split ? cut(whole, words, 'MergedWithNext') : [whole]
  }
}

/** Whether the mark of a word stands before a text that has none. `add_prefix_space` is how older files say it. */
export function prependScheme(part: Part, where: string): 'always' | 'first' | 'never' {
  const fallback = flagOf(part.add_prefix_space, `${where}.add_prefix_space`, true) ? 'always' : 'never'
  const scheme = part.prepend_scheme ?? fallback
  if (scheme === 'always' || scheme === 'first' || scheme === 'never') return scheme
  throw badFile(`${where}.prepend_scheme`, 'is unknown')
}
