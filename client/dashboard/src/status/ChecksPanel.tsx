// The checks, one a line: a sign, a word, what was found, what to do.

import type { ReactNode } from 'react'
import { Panel } from '../components/Panel.tsx'
import styles from './ChecksPanel.module.css'
import type { Check, CheckState } from './checks.ts'

const SIGN: Readonly<Record<CheckState, readonly [sign: string, word: string]>> = {
  good: ['✓', 'fine'],
  warn: ['!', 'take note'],
  bad: ['✕', 'failing'],
}

export function ChecksPanel({ checks }: { readonly checks: readonly Check[] }): ReactNode {
  return (
    <Panel title="Parts">
      <ul className={styles.checks}>
        {checks.map(({ name, state, words, advice }) => (
          <li key={name} className={`${styles.check} ${styles[state]}`}>
            <span className={styles.sign} aria-hidden="true">
              {SIGN[state][0]}
            </span>
            <h3>{name}</h3>
            <span className={styles.word}>{SIGN[state][1]}</span>
            <div className={styles.found}>
              <p>{words}</p>
              {advice !== undefined && <p className={styles.advice}>{advice}</p>}
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
