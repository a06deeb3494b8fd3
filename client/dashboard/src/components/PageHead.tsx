// The heading of a page: what it is about, and one line more.

import { type ReactNode, useEffect } from 'react'
import styles from './PageHead.module.css'

export interface PageHeadProps {
  /** Of the page and of the browser's tab. */
  readonly title: string
  /** Above the title: where the page belongs. */
  readonly above?: ReactNode
  readonly below?: ReactNode
  readonly tools?: ReactNode
}

export function PageHead({ title, above, below, tools }: PageHeadProps): ReactNode {
  useEffect(() => {
    document.title = `${title} · Tessera`
  }, [title])
  return (
    <header className={styles.head}>
      <div className={styles.text}>
        {above !== undefined && <p className={styles.above}>{above}</p>}
        <h1>{title}</h1>
        {below !== undefined && <div className={styles.below}>{below}</div>}
      </div>
      {tools !== undefined && <div className={styles.tools}>{tools}</div>}
    </header>
  )
}
