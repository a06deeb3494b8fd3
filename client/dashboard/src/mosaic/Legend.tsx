// Which tile means what.

import type { ReactNode } from 'react'
import styles from './Legend.module.css'
import { TileIcon } from './TileIcon.tsx'
import { type TileState, tiles } from './tiles.ts'

export function Legend({
  states,
  label,
}: {
  readonly states: readonly TileState[]
  readonly label: string
}): ReactNode {
  return (
    <div className={styles.legend}>
      <span className={styles.label}>{label}</span>
      <ul className={styles.states}>
        {states.map((state) => (
          <li key={state}>
            <TileIcon state={state} />
            {tiles[state].words}
          </li>
        ))}
      </ul>
    </div>
  )
}
