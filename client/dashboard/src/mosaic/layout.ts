// Where each tile of a mosaic stands: rounds are columns, members are rows, validators below miners. In CSS pixels. Pure.

import type { Series } from '../queries/mergeSeries.ts'
import { type TileState, tileOf } from './tiles.ts'

export interface MosaicRow {
  readonly role: 'miner' | 'validator'
  readonly slot: number
}

/** Rounds of a mosaic, with the one under way at the end when there is one. */
export interface MosaicColumns extends Pick<Series, 'round' | 'epoch' | 'void' | 'cells' | 'votes'> {
  readonly isLive: boolean
}

export interface MosaicLayout {
  readonly rows: readonly MosaicRow[]
  readonly miners: number
  readonly columns: number
  /** From one tile to the next. */
  readonly pitchX: number
  readonly pitchY: number
  /** Above the first row: numbers of rounds. */
  readonly top: number
  /** Between miners and validators. */
  readonly between: number
  readonly width: number
  readonly height: number
}

export interface MosaicPoint {
  readonly column: number
  readonly row: number
}

const TOP = 22
const BETWEEN = 14
const LEAST_PITCH = 13
const MOST_PITCH = 44
/** Rows get lower when there are many. */
const MOST_HEIGHT = 420
const LEAST_ROW = 4

/** @param viewport Width of the window in which the mosaic scrolls. */
export function layOut(of: MosaicColumns, rows: readonly MosaicRow[], viewport: number): MosaicLayout {
  const columns = of.round.length
  const fitting = columns === 0 ? MOST_PITCH : Math.floor(viewport / columns)
  const pitchX = Math.min(MOST_PITCH, Math.max(LEAST_PITCH, fitting))
  const pitchY = Math.max(LEAST_ROW, Math.min(pitchX, Math.floor(MOST_HEIGHT / Math.max(1, rows.length))))
  const miners = rows.filter(({ role }) => role === 'miner').length
  const between = miners === 0 || miners === rows.length ? 0 : BETWEEN
  return {
    rows,
    miners,
    columns,
    pitchX,
    pitchY,
    top: TOP,
    between,
    width: columns * pitchX,
    height: TOP + rows.length * pitchY + between,
  }
}

/** The slots that were ever taken; those that never were have no row. */
export function rowsOf(columns: MosaicColumns): readonly MosaicRow[] {
  const taken = (texts: readonly string[]): number[] => {
    const slots = new Set<number>()
    for (const text of texts) for (let slot = 0; slot < text.length; slot++) if (text[slot] !== '.') slots.add(slot)
    return [...slots].sort((a, b) => a - b)
  }
  return [
    ...taken(columns.cells).map((slot): MosaicRow => ({ role: 'miner', slot })),
    ...taken(columns.votes).map((slot): MosaicRow => ({ role: 'validator', slot })),
  ]
}

/** Upper edge of a row. */
export function rowTop({ top, pitchY, miners, between }: MosaicLayout, row: number): number {
  return top + row * pitchY + (row >= miners ? between : 0)
}

/** The tile under a point of the whole mosaic, which may be scrolled; the nearest row for a point between rows. */
export function tileAt(layout: MosaicLayout, x: number, y: number): MosaicPoint | undefined {
  const column = Math.floor(x / layout.pitchX)
  if (column < 0 || column >= layout.columns || layout.rows.length === 0) return undefined
  const firstValidator = rowTop(layout, layout.miners)
  const below = y >= firstValidator - layout.between / 2 ? layout.between : 0
  const row = Math.floor((y - layout.top - below) / layout.pitchY)
  return { column, row: Math.min(layout.rows.length - 1, Math.max(0, row)) }
}

/** The columns that a window shows, some of them in part. */
export function columnsIn(layout: MosaicLayout, scroll: number, viewport: number): readonly [number, number] {
  const from = Math.max(0, Math.floor(scroll / layout.pitchX))
  return [from, Math.min(layout.columns, Math.ceil((scroll + viewport) / layout.pitchX))]
}

export function stateAt(columns: MosaicColumns, row: MosaicRow, column: number): TileState {
  const character = (row.role === 'miner' ? columns.cells : columns.votes)[column]?.[row.slot]
  // Who is missing from a round under way may still come.
  if (columns.isLive && column === columns.round.length - 1 && character === 'a') return 'waiting'
  return tileOf(row.role, character)
}

/** Where the arrow keys lead. */
export function step(layout: MosaicLayout, from: MosaicPoint | undefined, key: string, page: number): MosaicPoint {
  const at = from ?? { column: layout.columns - 1, row: 0 }
  const by: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
    PageUp: [-page, 0],
    PageDown: [page, 0],
    Home: [-layout.columns, 0],
    End: [layout.columns, 0],
  }
  const [right, down] = (from === undefined ? undefined : by[key]) ?? [0, 0]
  const within = (value: number, size: number): number => Math.max(0, Math.min(size - 1, value))
  return { column: within(at.column + right, layout.columns), row: within(at.row + down, layout.rows.length) }
}
