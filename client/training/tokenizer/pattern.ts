// Patterns of a tokenizer file as regular expressions. The files are written for Oniguruma; the library translates. A pattern with
// which a stranger's file could stop the program (a repetition within a repetition) is refused.

import { badFile, type Part, partOf, unsupported } from './jsonParts.ts'
import { SplitPreTokenizer } from './library.ts'

/** The longest in use, that of o200k, has 400 characters. */
const MAX_PATTERN = 4096

/** `{ "String": ... }` or `{ "Regex": ... }` as a global expression. Throws `tokenizer/bad-file` and `tokenizer/unsupported`. */
export function patternOf(value: unknown, where: string): RegExp {
  const pattern = partOf(value, where)
  if (typeof pattern.String === 'string') return new RegExp(escaped(bounded(pattern.String, where)), 'gu')
  if (typeof pattern.Regex !== 'string') throw badFile(where, 'is no pattern')
  return compiled(bounded(pattern.Regex, where), where)
}

function compiled(source: string, where: string): RegExp {
  if (hasNestedRepetition(source)) throw unsupported(where, 'a repetition within a repetition')
  try {
    const split = new SplitPreTokenizer({
      type: 'Split',
      pattern: { Regex: source },
      behavior: 'Isolated',
      invert: false,
    })
    if (split.pattern !== null) return split.pattern
  } catch (cause) {
    throw badFile(where, 'is a pattern that cannot be compiled', cause)
  }
  throw badFile(where, 'is a pattern that cannot be compiled')
}

function bounded(source: string, where: string): string {
  if (source.length >= 1 && source.length <= MAX_PATTERN) return source
  throw badFile(where, `is a pattern of ${source.length} characters`)
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}

/** Whether an unbounded repetition stands within a group that is itself repeated without bound: those can take exponential time. */
function hasNestedRepetition(source: string): boolean {
  // For each open group, whether something within it repeats.
  const open: boolean[] = [false]
  for (let at = 0; at < source.length; at++) {
    const character = source[at]
    if (character === '\\') at++
    else if (character === '[') at = endOfClass(source, at)
    else if (character === '(') open.push(false)
    else if (character === ')' && open.length > 1) {
      const repeats = open.pop() === true
      if (repeats && repetition(source, at + 1)) return true
      if (repeats) open[open.length - 1] = true
    } else if (repetition(source, at)) open[open.length - 1] = true
  }
  return false
}

function repetition(source: string, at: number): boolean {
  return source[at] === '*' || source[at] === '+' || /^\{\d*,\d*\}/.test(source.slice(at, at + 16))
}

function endOfClass(source: string, start: number): number {
  let depth = 0
  for (let at = start; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === '[') depth++
    else if (source[at] === ']' && --depth === 0) return at
  }
  return source.length
}

export type Behavior = 'Removed' | 'Isolated' | 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous'

const BEHAVIORS: readonly Behavior[] = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous']

export function behaviorOf(part: Part, where: string, fallback?: Behavior): Behavior {
  const behavior = BEHAVIORS.find((known) => known === (part.behavior ?? fallback))
  if (behavior === undefined) throw badFile(`${where}.behavior`, 'is unknown')
  return behavior
}

/** `text` cut at the matches of `pattern`, or with `invert` at what lies between them. No piece is empty. */
export function cut(text: string, pattern: RegExp, behavior: Behavior, invert = false): string[] {
  if (behavior === 'Isolated') return isolated(text, pattern)
  const pieces: { text: string; match: boolean }[] = []
  const add = (start: number, end: number, match: boolean) => {
    if (start < end) pieces.push({ text: text.slice(start, end), match: match !== invert })
  }
  let end = 0
  for (const found of text.matchAll(pattern)) {
    add(end, found.index, false)
    end = found.index + found[0].length
    add(found.index, end, true)
  }
  add(end, text.length, false)
  if (behavior === 'Removed') return pieces.filter((piece) => !piece.match).map((piece) => piece.text)
  return merged(pieces, behavior)
}

function isolated(text: string, pattern: RegExp): string[] {
  const pieces: string[] = []
  let end = 0
  pattern.lastIndex = 0
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    const [match] = found
    if (found.index > end) pieces.push(text.slice(end, found.index))
    if (match === '') pattern.lastIndex++
    else pieces.push(match)
    end = found.index + match.length
  }
  if (end < text.length) pieces.push(text.slice(end))
  return pieces
}

function merged(pieces: readonly { text: string; match: boolean }[], behavior: Behavior): string[] {
  const backwards = behavior === 'MergedWithNext'
  const out: string[] = []
  let previous = false
  for (const { text, match } of backwards ? pieces.toReversed() : pieces) {
    const joins = behavior === 'Contiguous' ? match === previous : match && !previous
    const last = out.length - 1
    if (joins && last >= 0) out[last] = backwards ? text + out[last] : out[last] + text
    else out.push(text)
    previous = match
  }
  return backwards ? out.reverse() : out
}
