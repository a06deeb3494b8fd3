// A button. `main` is the one thing to do on a page; `plain` is a sign in a bar.

import type { ReactNode } from 'react'
import styles from './Button.module.css'

export interface ButtonProps {
  readonly children: ReactNode
  readonly onClick?: () => void
  readonly kind?: 'main' | 'usual' | 'plain' | 'danger'
  readonly type?: 'button' | 'submit'
  readonly disabled?: boolean
  /** Shown and said as under way; cannot be pressed meanwhile. */
  readonly busy?: boolean
  /** For who cannot see the sign inside. */
  readonly label?: string
  readonly pressed?: boolean
}

export function Button(props: ButtonProps): ReactNode {
  const { children, onClick, kind = 'usual', type = 'button', disabled = false, busy = false, label, pressed } = props
  return (
    <button
      type={type}
      className={`${styles.button} ${styles[kind]}`}
      onClick={onClick}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      aria-label={label}
      aria-pressed={pressed}
      title={label}
    >
      {children}
    </button>
  )
}
