// The tiles of a mosaic, drawn once for a size and a theme and copied from then on: a frame of thousands of tiles is thousands of
// copies and no path.

import { token } from '../charts/palette.ts'
import type { MosaicLayout } from './layout.ts'
import { pathOf, type TileState, tiles } from './tiles.ts'

export interface Sprites {
  readonly sheet: ImageBitmap
  /** Left edge on the sheet, in its own pixels, of the first grain of each state. */
  readonly left: ReadonlyMap<TileState, number>
  /** A tile without the gap to its neighbours: in CSS pixels, and on the sheet. */
  readonly width: number
  readonly height: number
  readonly sheetWidth: number
  readonly sheetHeight: number
  readonly colours: Readonly<Record<'bad' | 'badWash' | 'line' | 'ink' | 'focus', string>>
}

/** Lightnesses of one colour: no two stones of a floor are alike. */
export const GRAINS = 6
/** How much lighter the lightest is. */
const MOST_GRAIN = 0.26

export function spritesOf({ pitchX, pitchY }: MosaicLayout): Sprites {
  const ratio = devicePixelRatio
  const gap = pitchX >= 18 ? 3 : 2
  const width = pitchX - gap
  const height = pitchY - (pitchY >= 10 ? gap : 1)
  const [sheetWidth, sheetHeight] = [Math.ceil(width * ratio), Math.ceil(height * ratio)]
  const states = Object.keys(tiles) as TileState[]
  // A pixel between tiles, so that none bleeds into the next.
  const sheet = new OffscreenCanvas(states.length * GRAINS * (sheetWidth + 1), sheetHeight)
  const context = sheet.getContext('2d')
  const left = new Map<TileState, number>()
  for (const [at, state] of states.entries()) {
    left.set(state, at * GRAINS * (sheetWidth + 1))
    const path = new Path2D(pathOf(state, 1))
    for (let grain = 0; grain < GRAINS; grain++) {
      if (context === null) break
      context.setTransform(sheetWidth, 0, 0, sheetHeight, (at * GRAINS + grain) * (sheetWidth + 1), 0)
      context.globalAlpha = 1 - (MOST_GRAIN * grain) / (GRAINS - 1)
      context.fillStyle = token(tiles[state].colour)
      context.fill(path, 'evenodd')
    }
  }
  const colours = {
    bad: token('--bad'),
    badWash: token('--bad-wash'),
    line: token('--line-strong'),
    ink: token('--ink-3'),
    focus: token('--focus'),
  }
  return { sheet: sheet.transferToImageBitmap(), left, width, height, sheetWidth, sheetHeight, colours }
}
