// Why something is zero, void or left out: the code in short, and what it means.

import type { ReactNode } from 'react'
import { visibleLine } from '../format/hostile.ts'
import { reasonText } from '../format/reasons.ts'
import styles from './Reason.module.css'

export function Reason({ code }: { readonly code: string }): ReactNode {
  return (
    <span className={styles.reason}>
      <code className={styles.code}>{visibleLine(code, 32)}</code>
      <span>{reasonText(code)}</span>
    </span>
  )
}
