// An address, a hash, a digest: short, the whole in its title, copied by a press.

import { type ReactNode, useEffect, useState } from 'react'
import { Link } from 'wouter'
import { shortHex } from '../format/numbers.ts'
import styles from './Identity.module.css'

export interface IdentityProps {
  readonly hex: string
  /** Digits at each end. */
  readonly ends?: number
  /** Where the text leads; not a link if not given. */
  readonly href?: string | undefined
  /** What it is, for the button: `address`, `root`. */
  readonly what?: string
}

const SHOWN_MS = 1_500
/** Two sheets, and a tick: drawn, since few fonts have them. */
const COPY = 'M4.5 4.5h7v7h-7zM2.5 9.5v-7h7'
const DONE = 'M2.5 7.5l3 3 6-7'

export function Identity({ hex, ends = 4, href, what = 'address' }: IdentityProps): ReactNode {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = (): void => {
    // Where the browser does not let us, the title still has it all.
    navigator.clipboard?.writeText(hex).then(
      () => setCopied(true),
      () => undefined,
    )
  }
  const short = shortHex(hex, ends)
  return (
    <span className={styles.identity} title={hex}>
      <i className={styles.tile} style={{ background: `hsl(${hueOf(hex)} 45% 52%)` }} aria-hidden="true" />
      {href === undefined ? (
        <code>{short}</code>
      ) : (
        <Link href={href}>
          <code>{short}</code>
        </Link>
      )}
      <button type="button" className={styles.copy} onClick={copy} aria-label={`Copy the ${what} ${short}`}>
        <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" focusable="false">
          <path d={copied ? DONE : COPY} fill="none" stroke="currentColor" strokeWidth="1.4" />
        </svg>
      </button>
    </span>
  )
}

/** The same colour for the same bytes, to tell two apart at a glance. */
function hueOf(hex: string): number {
  return Number.parseInt(hex.slice(2, 6), 16) % 360
}
