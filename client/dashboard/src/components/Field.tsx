// Asks for a line of text, or for one of some choices, with a name and a hint.

import { type ReactNode, useId } from 'react'
import styles from './Field.module.css'

export interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly hint?: string
  /** Why what was typed cannot be taken. */
  readonly problem?: string | undefined
  readonly inputMode?: 'text' | 'numeric' | 'decimal'
}

export function Field({ label, value, onChange, hint = '', problem, inputMode = 'text' }: FieldProps): ReactNode {
  const [id, about] = [useId(), useId()]
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode={inputMode}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={problem !== undefined}
        aria-describedby={about}
      />
      <p id={about} className={problem === undefined ? styles.hint : styles.problem}>
        {problem ?? hint}
      </p>
    </div>
  )
}

export interface ChoiceProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly choices: readonly { readonly value: string; readonly name: string }[]
}

export function Choice({ label, value, onChange, choices }: ChoiceProps): ReactNode {
  const id = useId()
  return (
    <div className={styles.choice}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.name}
          </option>
        ))}
      </select>
    </div>
  )
}
