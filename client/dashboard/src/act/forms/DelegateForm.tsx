// To which operator, and how much.

import { type Hex, lowerHex, sameHex } from '@tessera/protocol/hex'
import { type FormEvent, type ReactNode, useState } from 'react'
import { AmountField, amountProblem } from '../../components/AmountField.tsx'
import { Answered } from '../../components/Answered.tsx'
import { Button } from '../../components/Button.tsx'
import { parseAmount } from '../../format/amounts.ts'
import { OperatorsTable } from '../../holder/OperatorsTable.tsx'
import { useAnswer } from '../../queries/useAnswer.ts'
import type { FormProps } from '../action.ts'
import styles from './form.module.css'
import { useBalance } from './useBalance.ts'

const DECIMALS = 18

export function DelegateForm({ desk, onReady, chosen }: FormProps & { readonly chosen: Hex | undefined }): ReactNode {
  const [operator, setOperator] = useState(chosen)
  const [typed, setTyped] = useState('')
  const operators = useAnswer('operators')
  const { chain, account } = desk
  const most = useBalance(chain, account.address).data?.amount
  const isReady = operator !== undefined && typed !== '' && amountProblem(typed, DECIMALS, most) === undefined
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const amount = parseAmount(typed, DECIMALS)
    if (operator === undefined || amount === undefined || !isReady) return
    onReady(async (at, options) => {
      const { planDeposit } = await import('@tessera/chain/plans/deposit')
      return planDeposit(at, { operator, amount }, options)
    })
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.operators}>
        <Answered query={operators} what="operators">
          {(rows) => (
            <OperatorsTable
              brief
              // One's own stake is deposited by the operator itself.
              operators={rows.filter((row) => !sameHex(row.operator, account.address) || row.operator === operator)}
              pick={(row) => (
                <label className={styles.pick}>
                  <input
                    type="radio"
                    name="operator"
                    checked={operator !== undefined && sameHex(operator, row.operator)}
                    onChange={() => setOperator(lowerHex(row.operator))}
                    aria-label={`Operator ${row.operator}`}
                  />
                </label>
              )}
            />
          )}
        </Answered>
      </div>
      <AmountField
        label="Amount to delegate"
        value={typed}
        onChange={setTyped}
        symbol="TSRA"
        decimals={DECIMALS}
        most={most}
        mostText="in the wallet"
      />
      <div className={styles.ways}>
        <Button kind="main" type="submit" disabled={!isReady}>
          Review
        </Button>
      </div>
    </form>
  )
}
