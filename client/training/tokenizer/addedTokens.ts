// Finds the added tokens of a tokenizer in text: those that are looked for as they are written, before any cutting. Leftmost
// first, of those the longest, as the reference does it. The library knows no whole words and no stripping into the next match.

export interface AddedToken {
  readonly id: number
  readonly content: string
  /** Counts only between characters that belong to no word. */
  readonly singleWord: boolean
  /** Takes the white space before it. */
  readonly stripLeft: boolean
  readonly stripRight: boolean
  /** Looked for in normalized text rather than in what is written. */
  readonly normalized: boolean
  /** Marks a place in the text rather than being part of it, such as the end. */
  readonly special: boolean
}

/** Text, or a token that stands for the text there. `start` is where it begins. */
export type Section = { readonly start: number; readonly text: string } | { readonly token: number }

interface Node {
  readonly next: Map<number, Node>
  token?: AddedToken
}

const WORD_AT_START = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u
const SPACE = /^\p{White_Space}$/u

/** Cuts text at `tokens`; `written` gives how a token is looked for. */
export function createSplitter(tokens: readonly AddedToken[], written: (content: string) => string) {
  const root: Node = { next: new Map() }
  for (const token of tokens) insert(root, written(token.content), token)
  return (text: string): Section[] => {
    if (root.next.size === 0) return text === '' ? [] : [{ start: 0, text }]
    const sections: Section[] = []
    let done = 0
    for (const found of matches(root, text)) {
      const start = found.token.stripLeft ? spaceBefore(text, found.start, done) : found.start
      if (start > done) sections.push({ start: done, text: text.slice(done, start) })
      sections.push({ token: found.token.id })
      done = found.token.stripRight ? spaceAfter(text, found.end) : found.end
    }
    if (done < text.length) sections.push({ start: done, text: text.slice(done) })
    return sections
  }
}

interface Match {
  readonly token: AddedToken
  readonly start: number
  readonly end: number
}

/** Matches from left to right that do not overlap. */
function* matches(root: Node, text: string): Generator<Match> {
  for (let at = 0; at < text.length; ) {
    const found = longest(root, text, at)
    const whole = found !== undefined && (!found.token.singleWord || standsAlone(text, found))
    if (found !== undefined && whole) yield found
    at = found === undefined ? at + 1 : found.end
  }
}

function standsAlone(text: string, { start, end }: Match): boolean {
  // Not by `$`: V8 14 finds no class of characters beyond the basic plane at the end of a text.
  const before = text.slice(Math.max(0, start - 2), start)
  const wide = before.length === 2 && (before.codePointAt(0) as number) > 0xffff
  return !WORD_AT_START.test(wide ? before : before.slice(-1)) && !WORD_AT_START.test(text.slice(end, end + 2))
}

function insert(root: Node, content: string, token: AddedToken): void {
  let node = root
  for (let i = 0; i < content.length; i++) {
    const unit = content.charCodeAt(i)
    let next = node.next.get(unit)
    if (next === undefined) {
      next = { next: new Map() }
      node.next.set(unit, next)
    }
    node = next
  }
  if (node !== root) node.token ??= token
}

function longest(root: Node, text: string, start: number): Match | undefined {
  let found: Match | undefined
  let node = root.next.get(text.charCodeAt(start))
  for (let at = start + 1; node !== undefined; at++) {
    if (node.token !== undefined) found = { token: node.token, start, end: at }
    node = at < text.length ? node.next.get(text.charCodeAt(at)) : undefined
  }
  return found
}

// White space has no characters beyond the basic plane.
function spaceBefore(text: string, end: number, least: number): number {
  let at = end
  while (at > least && SPACE.test(text[at - 1] as string)) at--
  return at
}

function spaceAfter(text: string, start: number): number {
  let at = start
  while (at < text.length && SPACE.test(text[at] as string)) at++
  return at
}
