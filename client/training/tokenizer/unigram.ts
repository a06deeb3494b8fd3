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
  const trie = createTrie(vocabulary)
  const unknownScore = scores.reduce((least, score) => Math.min(least, score), Infinity) - UNKNOWN_PENALTY
  return (piece) => {
    const steps: (Step | undefined)[] = new Array(piece.length + 1)
    for (let start = 0; start < piece.length; ) {
      const reached = steps[start]?.score ?? 0
      const width = (piece.codePointAt(start) as number) > 0xffff ? 2 : 1
      let single = false
      let node = 0
      for (let end = start + 1; end <= piece.length; end++) {
        const next = trie.next.get(node * UNITS + piece.charCodeAt(end - 1))
        if (next === undefined) break
        node = next
        const id = trie.ids[node] as number
        if (id < 0) continue
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

/** Code units that there are. */
const UNITS = 2 ** 16

/** All tokens by their code units: from node and unit, as one number, to the next node; node 0 is the beginning. */
interface Trie {
  readonly next: ReadonlyMap<number, number>
  /** The token that ends in a node, -1 for none. */
  readonly ids: readonly number[]
}

function createTrie(vocabulary: ReadonlyMap<string, number>): Trie {
  const next = new Map<number, number>()
  const ids = [-1]
  for (const [token, id] of vocabulary) {
    let node = 0
    for (let i = 0; i < token.length; i++) {
      const key = node * UNITS + token.charCodeAt(i)
      let following = next.get(key)
      if (following === undefined) {
        following = ids.push(-1) - 1
        next.set(key, following)
      }
      node = following
    }
    if (node !== 0) ids[node] = id
  }
  return { next, ids }
}
