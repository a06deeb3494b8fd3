// Something to know, in a box: that there is nothing yet, that it failed, that it is fine. Read out when it appears.

import type { ReactNode } from 'react'
import styles from './Notice.module.css'

export interface NoticeProps {
  readonly kind?: 'plain' | 'good' | 'bad' | 'warn'
  readonly title: string
  readonly children?: ReactNode
}

export function Notice({ kind = 'plain', title, children }: NoticeProps): ReactNode {
  return (
    <section className={`${styles.notice} ${styles[kind]}`} role={kind === 'bad' ? 'alert' : 'status'}>
      <h2 className={styles.title}>{title}</h2>
      {children}
    </section>
  )
}
