// Draws the window of a mosaic on a canvas: at most some thousand tiles a frame, whatever the run's length.

import { columnsIn, type MosaicColumns, type MosaicLayout, type MosaicPoint, rowTop, stateAt } from './layout.ts'
import { GRAINS, type Sprites } from './sprites.ts'

export interface Window {
  /** Of the columns, in CSS pixels. */
  readonly scroll: number
  readonly width: number
  readonly cursor: MosaicPoint | undefined
}

export interface Picture {
  readonly columns: MosaicColumns
  readonly layout: MosaicLayout
  readonly sprites: Sprites
}

const FONT = '11px "Instrument Sans", system-ui, sans-serif'
/** Pixels between the numbers of rounds. */
const LABELS = 64

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

export function paintMosaic(context: CanvasRenderingContext2D, picture: Picture, window: Window): void {
  const { columns, layout, sprites } = picture
  const [from, to] = columnsIn(layout, window.scroll, window.width)
  paintColumns(context, picture, window, from, to)
  const { sheet, left, width, height, sheetWidth, sheetHeight } = sprites
  for (const [at, row] of layout.rows.entries()) {
    const y = rowTop(layout, at)
    for (let column = from; column < to; column++) {
      const first = left.get(stateAt(columns, row, column)) ?? 0
      const source = first + grainOf(columns.round[column] ?? 0, at) * (sheetWidth + 1)
      const x = column * layout.pitchX - window.scroll
      context.drawImage(sheet, source, 0, sheetWidth, sheetHeight, x, y, width, height)
    }
  }
  if (window.cursor !== undefined) paintCursor(context, picture, window.scroll, window.cursor)
}

/** Behind and above the tiles: void rounds, ends of epochs, numbers of rounds. */
function paintColumns(
  context: CanvasRenderingContext2D,
  { columns, layout, sprites: { colours } }: Picture,
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
      context.fillStyle = colours.badWash
      context.fillRect(x - 1, top - 4, pitchX, height)
      context.fillStyle = colours.bad
      context.fillRect(x - 1, top - 6, pitchX - 1, 2)
    }
    if (column > 0 && columns.epoch[column] !== columns.epoch[column - 1]) {
      context.fillStyle = colours.line
      context.fillRect(x - 1.5, 0, 1, height)
    }
    const isNamed = round % nice === 0 || (column === 0 && nice > 2)
    // A number that is cut off is another number.
    if (!isNamed || x + context.measureText(String(round)).width > width) continue
    context.fillStyle = colours.ink
    context.fillText(String(round), x, 1)
  }
}

function paintCursor(
  context: CanvasRenderingContext2D,
  { layout, sprites: { colours } }: Picture,
  scroll: number,
  { column, row }: MosaicPoint,
): void {
  const { pitchX, pitchY, top, height } = layout
  const x = column * pitchX - scroll - 2
  context.strokeStyle = colours.line
  context.lineWidth = 1
  context.strokeRect(x + 0.5, top - 3.5, pitchX, height - top + 3)
  context.strokeStyle = colours.focus
  context.lineWidth = 2
  context.strokeRect(x, rowTop(layout, row) - 2, pitchX + 1, pitchY + 1)
}

/** Which lightness, the same for the same tile. */
function grainOf(round: number, row: number): number {
  const mixed = Math.imul(round, 73_856_093) ^ Math.imul(row + 1, 83_492_791)
  return ((mixed ^ (mixed >>> 13)) & 1_023) % GRAINS
}
