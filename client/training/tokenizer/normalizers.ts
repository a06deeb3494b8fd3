// What a tokenizer does to text before it is cut. Written here because the library differs from the reference in white space,
// final sigma, marks and characters beyond the basic plane; test/vectors/tokenizerComponents.json holds what the reference gives.

import { flagOf, listOf, type Part, partOf, textOf, unsupported } from './jsonParts.ts'
import { patternOf } from './pattern.ts'

export type Normalizer = (text: string) => string

const MAX_PARTS = 64
const FORMS = new Set(['NFC', 'NFD', 'NFKC', 'NFKD'])

/** The normalizer that `config` describes; undefined for none. Throws `tokenizer/bad-file` and `tokenizer/unsupported`. */
export function createNormalizer(config: unknown, where = 'normalizer'): Normalizer | undefined {
  if (config === null || config === undefined) return undefined
  const part = partOf(config, where)
  const type = textOf(part.type, `${where}.type`)
  if (FORMS.has(type)) return (text) => text.normalize(type)
  switch (type) {
    case 'Sequence':
      return sequence(part, where)
    case 'Lowercase':
      return lowercase
    case 'Strip':
      return strip(flagOf(part.strip_left, where, true), flagOf(part.strip_right, where, true))
    case 'StripAccents':
      return stripAccents
    case 'Prepend': {
      const start = textOf(part.prepend, `${where}.prepend`)
      return (text) => (text === '' ? text : start + text)
    }
    case 'Replace': {
      const pattern = patternOf(part.pattern, `${where}.pattern`)
      const content = textOf(part.content, `${where}.content`)
      return (text) => text.replace(pattern, () => content)
    }
    case 'BertNormalizer':
      return bert(part, where)
    default:
      throw unsupported(where, type)
  }
}

function sequence(part: Part, where: string): Normalizer {
  const steps = listOf(part.normalizers, `${where}.normalizers`, MAX_PARTS).flatMap(
    (config, i) => createNormalizer(config, `${where}.normalizers[${i}]`) ?? [],
  )
  return (text) => steps.reduce((current, step) => step(current), text)
}

/** One character at a time: of a whole text JavaScript lowers a sigma at the end of a word to the final form. */
function lowercase(text: string): string {
  return text.includes('Σ')
    ? text
        .split('Σ')
        .map((piece) => piece.toLowerCase())
        .join('σ')
    : text.toLowerCase()
}

function strip(left: boolean, right: boolean): Normalizer {
  return (text) => {
    const start = left ? text.replace(/^\p{White_Space}+/u, '') : text
    return right ? start.replace(/\p{White_Space}+$/u, '') : start
  }
}

function stripAccents(text: string): string {
  return text.replace(/\p{M}/gu, '')
}

function bert(part: Part, where: string): Normalizer {
  const clean = flagOf(part.clean_text, where, true)
  const chinese = flagOf(part.handle_chinese_chars, where, true)
  const lower = flagOf(part.lowercase, where, true)
  const accents = flagOf(part.strip_accents, where, lower)
  return (text) => {
    let out = text
    if (clean) out = out.replace(CONTROLS, '').replace(/\p{White_Space}/gu, ' ')
    if (chinese) out = out.replace(CHINESE, ' $& ')
    if (accents) out = out.normalize('NFD').replace(/\p{Mn}/gu, '')
    return lower ? lowercase(out) : out
  }
}

/** Controls, formats and private use, and the sign for what could not be read. */
const CONTROLS = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\ufffd]/gu
/** The blocks of CJK ideographs that BERT sets apart. */
const CHINESE =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu
