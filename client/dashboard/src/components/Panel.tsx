// A part of a page with a heading of its own.

import { type ReactNode, useId } from 'react'
import styles from './Panel.module.css'

export interface PanelProps {
  readonly title: string
  /** One sentence: which question the part answers, or what its numbers are. */
  readonly about?: ReactNode
  /** Beside the heading: choices, links. */
  readonly tools?: ReactNode
  readonly children: ReactNode
}

export function Panel({ title, about, tools, children }: PanelProps): ReactNode {
  const id = useId()
  return (
    <section className={styles.panel} aria-labelledby={id}>
      <header className={styles.head}>
        <div>
          <h2 id={id}>{title}</h2>
          {about !== undefined && <p className={styles.about}>{about}</p>}
        </div>
        {tools !== undefined && <div className={styles.tools}>{tools}</div>}
      </header>
      {children}
    </section>
  )
}
