// Draws the window of a mosaic on a canvas: at most some thousand tiles a frame, whatever the run's length.

import { token } from '../charts/palette.ts'
import { columnsIn, type MosaicColumns, type MosaicLayout, type MosaicPoint, rowTop, stateAt } from './layout.ts'
import { pathOf, type TileState, tiles } from './tiles.ts'

export interface Window {
  /** Of the columns, in CSS pixels. */
  readonly scroll: number
  readonly width: number
  readonly cursor: MosaicPoint | undefined
}

const FONT = '11px "Instrument Sans", system-ui, sans-serif'
/** Pixels between the numbers of rounds. */
const LABELS = 64
/** How much lighter a tile may be than its neighbours: no two stones of a floor are alike. */
const GRAIN = 0.26

/** Makes the canvas as sharp as the screen and gives its context in CSS pixels. */
export function contextOf(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const ratio = devicePixelRatio
  const size = [Math.round(width * ratio), Math.round(height * ratio)] as const
  if (canvas.width !== size[0] || canvas.height !== size[1]) {
    canvas.width = size[0]
    canvas.height = size[1]
    canvas.style.width = `${width}px`
    canvas.style.height = `${height}px`
  }
  const context = canvas.getContext('2d')
  context?.setTransform(ratio, 0, 0, ratio, 0, 0)
  context?.clearRect(0, 0, width, height)
  return context
}

export function paintMosaic(
  context: CanvasRenderingContext2D,
  columns: MosaicColumns,
  layout: MosaicLayout,
  window: Window,
): void {
  const [from, to] = columnsIn(layout, window.scroll, window.width)
  paintColumns(context, columns, layout, window, from, to)
  const brush = brushOf(layout)
  for (let column = from; column < to; column++) {
    const x = column * layout.pitchX - window.scroll
    for (const [at, row] of layout.rows.entries()) {
      const y = rowTop(layout, at)
      brush(context, stateAt(columns, row, column), x, y, grainOf(columns.round[column] ?? 0, at))
    }
  }
  if (window.cursor !== undefined) paintCursor(context, layout, window.scroll, window.cursor)
}

type Brush = (context: CanvasRenderingContext2D, state: TileState, x: number, y: number, grain: number) => void

/** Paths and colours are looked up once a frame, not once a tile. */
function brushOf({ pitchX, pitchY }: MosaicLayout): Brush {
  const gap = pitchX >= 18 ? 3 : 2
  const gapY = pitchY >= 10 ? gap : 1
  const paths = new Map<TileState, readonly [Path2D, string]>()
  return (context, state, x, y, grain) => {
    let known = paths.get(state)
    if (known === undefined) {
      known = [new Path2D(pathOf(state, 1)), token(tiles[state].colour)]
      paths.set(state, known)
    }
    context.save()
    context.globalAlpha = 1 - GRAIN * grain
    context.fillStyle = known[1]
    context.translate(x, y)
    context.scale(pitchX - gap, pitchY - gapY)
    context.fill(known[0], 'evenodd')
    context.restore()
  }
}

/** Behind and above the tiles: void rounds, ends of epochs, numbers of rounds. */
function paintColumns(
  context: CanvasRenderingContext2D,
  columns: MosaicColumns,
  layout: MosaicLayout,
  { scroll, width }: Window,
  from: number,
  to: number,
): void {
  const { pitchX, top, height } = layout
  const every = Math.ceil(LABELS / pitchX)
  const nice = [1, 2, 5, 10, 20].find((step) => step >= every) ?? every
  context.font = FONT
  context.textBaseline = 'top'
  for (let column = from; column < to; column++) {
    const x = column * pitchX - scroll
    const round = columns.round[column] ?? 0
    if (columns.void[column] !== '') {
      context.fillStyle = token('--bad-wash')
      context.fillRect(x - 1, top - 4, pitchX, height)
      context.fillStyle = token('--bad')
      context.fillRect(x - 1, top - 6, pitchX - 1, 2)
    }
    if (column > 0 && columns.epoch[column] !== columns.epoch[column - 1]) {
      context.fillStyle = token('--line-strong')
      context.fillRect(x - 1.5, 0, 1, height)
    }
    // A number that is cut off is another number.
    if ((round % nice === 0 || (column === 0 && nice > 2)) && x + context.measureText(String(round)).width <= width) {
      context.fillStyle = token('--ink-3')
      context.fillText(String(round), x, 1)
    }
  }
}

function paintCursor(
  context: CanvasRenderingContext2D,
  layout: MosaicLayout,
  scroll: number,
  { column, row }: MosaicPoint,
): void {
  const { pitchX, pitchY, top, height } = layout
  const x = column * pitchX - scroll - 2
  context.strokeStyle = token('--line-strong')
  context.lineWidth = 1
  context.strokeRect(x + 0.5, top - 3.5, pitchX, height - top + 3)
  context.strokeStyle = token('--focus')
  context.lineWidth = 2
  context.strokeRect(x, rowTop(layout, row) - 2, pitchX + 1, pitchY + 1)
}

/** From 0 to 1, the same for the same tile. */
function grainOf(round: number, row: number): number {
  const mixed = Math.imul(round, 73_856_093) ^ Math.imul(row + 1, 83_492_791)
  return ((mixed ^ (mixed >>> 13)) & 1_023) / 1_023
}
