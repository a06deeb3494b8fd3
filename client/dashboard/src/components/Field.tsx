// A named input. What is wrong with it stands below it, and is read out with it.

import { type ReactNode, useId } from 'react'
import styles from './Field.module.css'

interface FieldBase {
  readonly label: string
  /** Below: the unit, what it means, an example. */
  readonly hint?: string
  /** Instead of the hint: why what was typed cannot be taken. */
  readonly problem?: string | undefined
  readonly value: string
  readonly onChange: (value: string) => void
  readonly disabled?: boolean
}

export interface FieldProps extends FieldBase {
  /** Which keyboard a phone shows. */
  readonly inputMode?: 'text' | 'numeric' | 'decimal'
  /** More than one line. */
  readonly rows?: number
  /** Takes the monospaced font: addresses, digests. */
  readonly mono?: boolean
}

export function Field(props: FieldProps): ReactNode {
  const { value, onChange, inputMode = 'text', rows, mono = false, disabled = false } = props
  return (
    <Frame {...props}>
      {(wiring) =>
        rows === undefined ? (
          <input
            {...wiring}
            className={`${styles.input} ${mono ? 'mono' : ''}`}
            inputMode={inputMode}
            value={value}
            disabled={disabled}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => onChange(event.target.value)}
          />
        ) : (
          <textarea
            {...wiring}
            className={styles.input}
            rows={rows}
            value={value}
            disabled={disabled}
            onChange={(event) => onChange(event.target.value)}
          />
        )
      }
    </Frame>
  )
}

export interface ChoiceProps extends FieldBase {
  readonly choices: readonly { readonly value: string; readonly name: string }[]
}

export function Choice(props: ChoiceProps): ReactNode {
  const { value, onChange, choices, disabled = false } = props
  return (
    <Frame {...props}>
      {(wiring) => (
        <select
          {...wiring}
          className={styles.input}
          value={value}
          disabled={disabled}
          onChange={(event) => onChange(event.target.value)}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.name}
            </option>
          ))}
        </select>
      )}
    </Frame>
  )
}

interface Wiring {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': true | undefined
}

function Frame(props: FieldBase & { readonly children: (wiring: Wiring) => ReactNode }): ReactNode {
  const { label, hint, problem, children } = props
  const id = useId()
  const note = problem ?? hint
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        'aria-describedby': note === undefined ? undefined : `${id}-note`,
        'aria-invalid': problem === undefined ? undefined : true,
      })}
      {note !== undefined && (
        <p id={`${id}-note`} className={problem === undefined ? styles.hint : styles.problem}>
          {note}
        </p>
      )}
    </div>
  )
}
