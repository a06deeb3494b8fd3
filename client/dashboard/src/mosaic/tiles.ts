// The tiles of the mosaic: what each character of a run's series means, its colour and its shape. Shapes differ too, so that no
// state is told by colour alone. Pure.

export type TileState =
  | 'none'
  | 'waiting'
  | 'absent'
  | 'committed'
  | 'revealed'
  | 'included'
  | 'attested'
  | 'worse'
  | 'refused'

type Polygon = readonly (readonly [number, number])[]

export interface Tile {
  readonly words: string
  /** Name of its colour in tokens.css. */
  readonly colour: string
  /** In the unit square, y down, filled by the even-odd rule. */
  readonly shape: readonly Polygon[]
}

const square = (inset: number): Polygon => [
  [inset, inset],
  [1 - inset, inset],
  [1 - inset, 1 - inset],
  [inset, 1 - inset],
]
const FULL = [square(0)]
const FRAME = [square(0), square(0.17)]
const HALF: readonly Polygon[] = [
  [
    [0, 0],
    [1, 1],
    [0, 1],
  ],
]
const CROSS: readonly Polygon[] = [
  [
    [0, 0],
    [0.3, 0],
    [0.5, 0.3],
    [0.7, 0],
    [1, 0],
    [0.68, 0.5],
    [1, 1],
    [0.7, 1],
    [0.5, 0.7],
    [0.3, 1],
    [0, 1],
    [0.32, 0.5],
  ],
]

export const tiles: Readonly<Record<TileState, Tile>> = {
  none: { words: 'not a member', colour: '--line', shape: [square(0.4)] },
  waiting: { words: 'waiting', colour: '--line-strong', shape: FRAME },
  absent: { words: 'absent', colour: '--cell-absent', shape: FRAME },
  committed: { words: 'committed, never revealed', colour: '--cell-committed', shape: HALF },
  revealed: { words: 'revealed, not included', colour: '--cell-revealed', shape: [square(0), square(0.33)] },
  included: { words: 'included', colour: '--cell-included', shape: FULL },
  attested: { words: 'attested', colour: '--cell-attested', shape: FULL },
  worse: { words: 'measured a worse model', colour: '--cell-worse', shape: HALF },
  refused: { words: 'refused', colour: '--cell-refused', shape: CROSS },
}

const MINER: Readonly<Record<string, TileState>> = { a: 'absent', c: 'committed', r: 'revealed', i: 'included' }
const VALIDATOR: Readonly<Record<string, TileState>> = { a: 'absent', v: 'attested', w: 'worse', x: 'refused' }

/** @param character Of `series.cells` or `series.votes`. */
export function tileOf(role: 'miner' | 'validator', character: string | undefined): TileState {
  if (character === undefined) return 'none'
  return (role === 'miner' ? MINER : VALIDATOR)[character] ?? 'none'
}

/** The shape as an SVG path, in a square of `size`. */
export function pathOf(state: TileState, size: number): string {
  return tiles[state].shape
    .map((polygon) => `M${polygon.map(([x, y]) => `${+(x * size).toFixed(2)} ${+(y * size).toFixed(2)}`).join('L')}Z`)
    .join('')
}
