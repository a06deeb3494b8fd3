// Asks for an amount of a token: checked as it is typed, never more precise than the token, with a way to take all.

import { type ReactNode, useId } from 'react'
import { amountText, exactAmount, parseAmount } from '../format/amounts.ts'
import styles from './AmountField.module.css'
import { Button } from './Button.tsx'

export interface AmountFieldProps {
  readonly label: string
  /** As it was typed. */
  readonly value: string
  readonly onChange: (value: string) => void
  readonly symbol: string
  readonly decimals: number
  /** The most that there is; unknown if not given. */
  readonly most?: bigint | undefined
  /** What the most is: `in the wallet`. */
  readonly mostText?: string
}

export function AmountField(props: AmountFieldProps): ReactNode {
  const { label, value, onChange, symbol, decimals, most, mostText } = props
  const [id, hint] = [useId(), useId()]
  const problem = value === '' ? undefined : amountProblem(value, decimals, most)
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <div className={styles.row}>
        <input
          id={id}
          type="text"
          inputMode="decimal"
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          aria-invalid={problem !== undefined}
          aria-describedby={hint}
        />
        <span className={styles.unit}>{symbol}</span>
        {most !== undefined && <Button onClick={() => onChange(exactAmount(most, decimals))}>All</Button>}
      </div>
      <p id={hint} className={problem === undefined ? styles.hint : styles.problem}>
        {problem ??
          (most === undefined ? '' : `${amountText(most, { decimals, digits: 6 })} ${symbol} ${mostText ?? 'at most'}`)}
      </p>
    </div>
  )
}

/** Why it cannot be taken, in words; undefined when it can. */
export function amountProblem(value: string, decimals: number, most?: bigint): string | undefined {
  const amount = parseAmount(value, decimals)
  if (amount === undefined) return `Write a number such as 12.5, with ${decimals} digits after the point at most.`
  if (amount === 0n) return 'Write more than nothing.'
  return most !== undefined && amount > most ? 'That is more than there is.' : undefined
}
