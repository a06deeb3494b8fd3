// Tokens back to text, whole or as they arrive. Written here because of the library's decoder a byte order mark is lost, ill-formed
// bytes come out otherwise than from the reference, and there is none that takes tokens one by one.

import { fromByteCharacters } from './byteAlphabet.ts'
import { countOf, flagOf, listOf, type Part, partOf, textOf, unsupported } from './jsonParts.ts'
import { patternOf } from './pattern.ts'
import { prependScheme } from './preTokenizers.ts'

/** Strings of tokens to strings whose concatenation is the text. */
type Step = (tokens: readonly string[]) => readonly string[]

export interface TextDecoding {
  readonly decode: (tokens: readonly string[]) => string
  readonly stream: () => { push(token: string): string; end(): string }
}

const MAX_PARTS = 64
const BYTE_TOKEN = /^<0x[0-9A-Fa-f]{2}>$/

/** The decoder that `config` describes; without one, tokens stand with spaces between. Throws `tokenizer/bad-file` and `tokenizer/unsupported`. */
export function createDecoder(config: unknown): TextDecoding {
  const parts = flattened(config, 'decoder')
  if (parts.some(({ part }) => part.type === 'ByteLevel')) {
    if (parts.length === 1) return byteLevel
    throw unsupported('decoder', 'ByteLevel with other steps')
  }
  const bytesAt = parts.findIndex(({ part }) => part.type === 'ByteFallback')
  const steps = parts.map(({ part, where }) => stepOf(part, where))
  if (parts.length === 0) steps.push((tokens) => tokens.map((token, i) => (i === 0 ? token : ` ${token}`)))
  const all = chained(steps)
  return {
    decode: (tokens) => all(tokens).join(''),
    stream: () =>
      windowed(chained(steps.slice(0, Math.max(0, bytesAt))), bytesAt >= 0, chained(steps.slice(bytesAt + 1))),
  }
}

function flattened(config: unknown, where: string): { part: Part; where: string }[] {
  if (config === null || config === undefined) return []
  const part = partOf(config, where)
  if (part.type !== 'Sequence') return [{ part, where }]
  return listOf(part.decoders, `${where}.decoders`, MAX_PARTS).flatMap((inner, i) =>
    flattened(inner, `${where}.decoders[${i}]`),
  )
}

function stepOf(part: Part, where: string): Step {
  const type = textOf(part.type, `${where}.type`)
  switch (type) {
    case 'ByteFallback':
      return byteFallback
    case 'Fuse':
      return (tokens) => [tokens.join('')]
    case 'Replace': {
      const pattern = patternOf(part.pattern, `${where}.pattern`)
      const content = textOf(part.content, `${where}.content`)
      return (tokens) => tokens.map((token) => token.replace(pattern, () => content))
    }
    case 'Strip':
      return strip(part, where)
    case 'Metaspace': {
      const mark = textOf(part.replacement, `${where}.replacement`, '\u2581')
      const first = prependScheme(part, where) === 'never' ? ' ' : ''
      return (tokens) => tokens.map((token, i) => token.replaceAll(mark, i === 0 ? first : ' '))
    }
    case 'WordPiece':
      return wordPiece(textOf(part.prefix, where, '##'), flagOf(part.cleanup, where, true))
    case 'BPEDecoder': {
      const suffix = textOf(part.suffix, where, '</w>')
      return (tokens) => tokens.map((token, i) => token.replaceAll(suffix, i === tokens.length - 1 ? '' : ' '))
    }
    default:
      throw unsupported(where, type)
  }
}

function chained(steps: readonly Step[]): Step {
  return (tokens) => steps.reduce((current, step) => step(current), tokens)
}

function strip(part: Part, where: string): Step {
  const content = textOf(part.content, `${where}.content`)
  const start = countOf(part.start, `${where}.start`, 2 ** 16)
  const stop = countOf(part.stop, `${where}.stop`, 2 ** 16)
  return (tokens) =>
    tokens.map((token) => {
      const characters = [...token]
      let from = 0
      while (from < start && from < characters.length && characters[from] === content) from++
      let to = characters.length
      while (characters.length - to < stop && to > from && characters[to - 1] === content) to--
      return characters.slice(from, to).join('')
    })
}

function wordPiece(prefix: string, cleanup: boolean): Step {
  return (tokens) =>
    tokens.map((token, i) => {
      const joins = i > 0 && token.startsWith(prefix)
      const word = joins ? token.slice(prefix.length) : i > 0 ? ` ${token}` : token
      return cleanup ? tidy(word) : word
    })
}

/** English punctuation without the space that cutting put before it; the reference's list, in its order. */
function tidy(text: string): string {
  return text
    .replaceAll(' .', '.')
    .replaceAll(' ?', '?')
    .replaceAll(' !', '!')
    .replaceAll(' ,', ',')
    .replaceAll(" ' ", "'")
    .replaceAll(" n't", "n't")
    .replaceAll(" 'm", "'m")
    .replaceAll(' do not', " don't")
    .replaceAll(" 's", "'s")
    .replaceAll(" 've", "'ve")
    .replaceAll(" 're", "'re")
}

/** Runs of byte tokens as text. In a run that is not UTF-8 as a whole, each byte becomes U+FFFD. */
function byteFallback(tokens: readonly string[]): string[] {
  const out: string[] = []
  let run: number[] = []
  const flush = () => {
    if (run.length > 0) out.push(textOfBytes(run))
    run = []
  }
  for (const token of tokens) {
    if (BYTE_TOKEN.test(token)) run.push(Number.parseInt(token.slice(3, 5), 16))
    else {
      flush()
      out.push(token)
    }
  }
  flush()
  return out
}

function textOfBytes(bytes: readonly number[]): string {
  return strictText(bytes) ?? '\ufffd'.repeat(bytes.length)
}

function strictText(bytes: readonly number[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes))
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

const byteLevel: TextDecoding = {
  decode: (tokens) => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    return (
      tokens.map((token) => decoder.decode(fromByteCharacters(token), { stream: true })).join('') + decoder.decode()
    )
  },
  stream: () => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    return {
      push: (token) => decoder.decode(fromByteCharacters(token), { stream: true }),
      end: () => decoder.decode(),
    }
  },
}

/**
 * One token at a time: what a token adds is the text of the one before it and itself, less the text of the one before it, so that
 * steps which treat the first or the last token otherwise do so once. Bytes wait until they are a character. The text is that of
 * `decode`, but for a run of byte tokens that is not UTF-8: what of it was sound has been told by then.
 */
function windowed(before: Step, bytes: boolean, after: Step): ReturnType<TextDecoding['stream']> {
  let previous: string[] = []
  let run: number[] = []
  const tell = (unit: string): string => {
    const whole = after([...previous, unit]).join('')
    const known = after(previous).join('')
    if (unit !== '') previous = [unit]
    return whole.slice(known.length)
  }
  const flush = (): string => {
    const unit = run.length === 0 ? '' : textOfBytes(run)
    run = []
    return unit === '' ? '' : tell(unit)
  }
  return {
    push(token) {
      const unit = before([token]).join('')
      if (!bytes || !BYTE_TOKEN.test(unit)) return flush() + tell(unit)
      run.push(Number.parseInt(unit.slice(3, 5), 16))
      return maybeUnfinished(run) ? '' : flush()
    },
    end() {
      const rest = flush()
      previous = []
      return rest
    },
  }
}

/** Whether `bytes`, of which all but the last were unfinished, may begin a character of UTF-8 that they do not end. */
function maybeUnfinished(bytes: readonly number[]): boolean {
  const lead = bytes[0] as number
  const length =
    lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 1
  return bytes.length < length && bytes.slice(1).every((byte) => (byte & 0xc0) === 0x80)
}
