// The Unigram model: of all ways to write a piece with the vocabulary, the one whose scores (log probabilities) sum to most. Written
// here because the library compares sums after adding the next score: where two ways differ in the last bit, it takes the other one.

/** How far below the least likely token an unknown character is. */
const UNKNOWN_PENALTY = 10

export interface UnigramOptions {
  readonly vocabulary: ReadonlyMap<string, number>
  /** By number. */
  readonly scores: readonly number[]
  readonly unknown: number
  /** Unknown text is written in these, the tokens of the 256 bytes, if there are any. */
  readonly bytes: readonly number[] | undefined
}

/** The best way to the place where a token ends. */
interface Step {
  readonly start: number
  readonly score: number
  readonly unknown: boolean
}

/** The model as a function from a piece to its tokens. Of equal sums it takes the one found first, as the reference. */
export function createUnigram(options: UnigramOptions): (piece: string) => number[] {
  const { vocabulary, scores } = options
  const longest = longestByStart(vocabulary.keys())
  const unknownScore = scores.reduce((least, score) => Math.min(least, score), Infinity) - UNKNOWN_PENALTY
  return (piece) => {
    const steps: (Step | undefined)[] = new Array(piece.length + 1)
    for (let start = 0; start < piece.length; ) {
      const reached = steps[start]?.score ?? 0
      const width = (piece.codePointAt(start) as number) > 0xffff ? 2 : 1
      const last = Math.min(piece.length, start + (longest.get(piece.charCodeAt(start)) ?? 0))
      let single = false
      for (let end = start + 1; end <= last; end++) {
        const id = vocabulary.get(piece.slice(start, end))
        if (id === undefined) continue
        better(steps, end, { start, score: (scores[id] as number) + reached, unknown: id === options.unknown })
        if (end - start === width) single = true
      }
      if (!single) better(steps, start + width, { start, score: unknownScore + reached, unknown: true })
      start += width
    }
    return words(piece, steps).flatMap((word) => tokensOf(word, options))
  }
}

function better(steps: (Step | undefined)[], end: number, step: Step): void {
  const known = steps[end]
  if (known === undefined || step.score > known.score) steps[end] = step
}

/** The parts of the best way, unknown neighbours as one. */
function words(piece: string, steps: readonly (Step | undefined)[]): string[] {
  const out: string[] = []
  let unknown = ''
  for (let end = piece.length; end > 0; ) {
    // Every character is a step, known or not.
    const step = steps[end] as Step
    const word = piece.slice(step.start, end)
    if (step.unknown) unknown = word + unknown
    else {
      if (unknown !== '') out.push(unknown)
      unknown = ''
      out.push(word)
    }
    end = step.start
  }
  if (unknown !== '') out.push(unknown)
  return out.reverse()
}

function tokensOf(word: string, { vocabulary, unknown, bytes }: UnigramOptions): number[] {
  const id = vocabulary.get(word)
  if (id !== undefined) return [id]
  return bytes === undefined ? [unknown] : Array.from(new TextEncoder().encode(word), (byte) => bytes[byte] as number)
}

/** Length of the longest token that begins with a code unit. */
function longestByStart(tokens: Iterable<string>): Map<number, number> {
  const longest = new Map<number, number>()
  for (const token of tokens) {
    if (token === '') continue
    const start = token.charCodeAt(0)
    longest.set(start, Math.max(longest.get(start) ?? 0, token.length))
  }
  return longest
}
