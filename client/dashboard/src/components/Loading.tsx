// A place that is being filled. Says so only after a moment, so that what is quick does not flicker.

import type { ReactNode } from 'react'
import styles from './Loading.module.css'

export function Loading({ what }: { readonly what: string }): ReactNode {
  return (
    <div className={styles.loading} role="status">
      <span className={styles.tiles} aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <span>Loading {what}…</span>
    </div>
  )
}
