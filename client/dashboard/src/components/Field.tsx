// A named input. What is wrong with it stands below it, and is read out with it.

import { type ReactNode, useId } from 'react'
import styles from './Field.module.css'

interface FieldBase {
  readonly label: string
  /** Below: the unit, what it means, an example. */
  readonly about?: string
  /** Instead of `about`, and marks the input. */
  readonly wrong?: string | undefined
  readonly value: string
  readonly onChange: (value: string) => void
  readonly disabled?: boolean
}

export interface FieldProps extends FieldBase {
  /** Which keyboard a phone shows. */
  readonly kind?: 'text' | 'numeric' | 'decimal'
  /** More than one line. */
  readonly rows?: number
  /** Takes the monospaced font: addresses, digests. */
  readonly mono?: boolean
}

export function Field(props: FieldProps): ReactNode {
  const { value, onChange, kind = 'text', rows, mono = false, disabled = false } = props
  return (
    <Frame {...props}>
      {(wiring) =>
        rows === undefined ? (
          <input
            {...wiring}
            className={`${styles.input} ${mono ? 'mono' : ''}`}
            inputMode={kind}
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
  readonly options: readonly { readonly value: string; readonly name: string }[]
}

export function Choice(props: ChoiceProps): ReactNode {
  const { value, onChange, options, disabled = false } = props
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
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.name}
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
  const { label, about, wrong, children } = props
  const id = useId()
  const note = wrong ?? about
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        'aria-describedby': note === undefined ? undefined : `${id}-note`,
        'aria-invalid': wrong === undefined ? undefined : true,
      })}
      {note !== undefined && (
        <p id={`${id}-note`} className={wrong === undefined ? styles.about : styles.wrong}>
          {note}
        </p>
      )}
    </div>
  )
}
