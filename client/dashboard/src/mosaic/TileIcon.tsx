// One tile of the mosaic in a text or a legend. What it means stands beside it or in its label.

import type { ReactNode } from 'react'
import { pathOf, type TileState, tiles } from './tiles.ts'

export interface TileIconProps {
  readonly state: TileState
  /** In pixels. */
  readonly size?: number
}

export function TileIcon({ state, size = 12 }: TileIconProps): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true" focusable="false" style={{ flex: 'none' }}>
      <path d={pathOf(state, 12)} fillRule="evenodd" fill={`var(${tiles[state].colour})`} />
    </svg>
  )
}
