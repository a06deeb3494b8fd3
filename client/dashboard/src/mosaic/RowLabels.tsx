// The slots beside the rows of a mosaic, as many as can be read. The tile's read-out tells them to who cannot see them.

import type { ReactNode } from 'react'
import { type MosaicLayout, rowTop } from './layout.ts'
import styles from './RowLabels.module.css'

const LEAST_HEIGHT = 12

export function RowLabels({ layout }: { readonly layout: MosaicLayout }): ReactNode {
  const every = Math.ceil(LEAST_HEIGHT / layout.pitchY)
  return (
    <div className={styles.labels} style={{ height: layout.height }} aria-hidden="true">
      {layout.rows.map(({ role, slot }, row) => {
        const inGroup = role === 'miner' ? row : row - layout.miners
        if (inGroup % every !== 0) return null
        return (
          <span
            key={`${role}-${slot}`}
            className={styles.label}
            style={{
              top: rowTop(layout, row),
              height: layout.pitchY * every,
              lineHeight: `${layout.pitchY * every}px`,
            }}
          >
            {inGroup === 0 && <b>{role === 'miner' ? 'miner' : 'validator'}</b>} {slot}
          </span>
        )
      })}
    </div>
  )
}
