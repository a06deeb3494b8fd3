// The amount of a payout and how it comes about.

import type { ReactNode } from 'react'
import { Panel } from '../components/Panel.tsx'
import styles from './PayoutStory.module.css'
import type { StoryLine } from './payoutStory.ts'

export function PayoutStory({ lines }: { readonly lines: readonly StoryLine[] }): ReactNode {
  return (
    <Panel title="How it comes about" about="Worked out here; each line follows from those above it.">
      <dl className={styles.story}>
        {lines.map(({ name, value, from }) => (
          <div key={name} className={styles.line}>
            <dt>{name}</dt>
            <dd className={styles.value}>{value}</dd>
            <dd className={styles.from}>{from}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}
