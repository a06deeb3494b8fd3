// Parts side by side where there is room, below each other where there is not.

import type { ReactNode } from 'react'
import styles from './Grid.module.css'

export interface GridProps {
  readonly children: ReactNode
  /** Least width of a column in rem. */
  readonly column?: number
}

export function Grid({ children, column = 22 }: GridProps): ReactNode {
  return (
    <div
      className={styles.grid}
      style={{ gridTemplateColumns: `repeat(auto-fit, minmax(min(${column}rem, 100%), 1fr))` }}
    >
      {children}
    </div>
  )
}

/** Parts below each other, with the page's spacing. */
export function Stack({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className={styles.stack}>{children}</div>
}
