// One word about a state, in its colour; the colour never says more than the word.

import type { ReactNode } from 'react'
import styles from './Badge.module.css'

export interface BadgeProps {
  readonly kind?: 'plain' | 'good' | 'bad' | 'warn' | 'accent'
  readonly children: ReactNode
  readonly title?: string | undefined
}

export function Badge({ kind = 'plain', children, title }: BadgeProps): ReactNode {
  return (
    <span className={`${styles.badge} ${styles[kind]}`} title={title}>
      {children}
    </span>
  )
}
