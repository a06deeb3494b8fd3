// The newest block that this page shows, or that it has lost touch.

import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { countText } from '../format/numbers.ts'
import { to } from '../paths.ts'
import { useFreshness } from '../queries/LiveProvider.tsx'
import styles from './FreshnessBadge.module.css'

export function FreshnessBadge(): ReactNode {
  const { connected, block } = useFreshness()
  const text = !connected ? 'offline' : block === undefined ? 'live' : `block ${countText(block.number)}`
  return (
    <Link href={to.status()} className={styles.badge} title="How fresh this page is">
      <span className={connected ? styles.on : styles.off} aria-hidden="true" />
      {text}
    </Link>
  )
}
