// One of a few: buttons side by side, the chosen one pressed.

import type { ReactNode } from 'react'
import styles from './Choice.module.css'

export interface ChoiceProps<T extends string> {
  /** What is chosen, for who cannot see where it stands. */
  readonly label: string
  readonly options: readonly (readonly [value: T, words: string])[]
  readonly chosen: T
  readonly onChoose: (value: T) => void
}

export function Choice<T extends string>({ label, options, chosen, onChoose }: ChoiceProps<T>): ReactNode {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset draws itself and cannot stand beside a heading.
    <div role="group" aria-label={label} className={styles.choice}>
      {options.map(([value, words]) => (
        <button key={value} type="button" aria-pressed={value === chosen} onClick={() => onChoose(value)}>
          {words}
        </button>
      ))}
    </div>
  )
}
