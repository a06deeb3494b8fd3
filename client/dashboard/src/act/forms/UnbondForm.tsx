// How much of a position begins to leave.

import { useQuery } from '@tanstack/react-query'
import { getPosition } from '@tessera/chain/actions/getPosition'
import type { Hex } from '@tessera/protocol/hex'
import { type FormEvent, type ReactNode, useState } from 'react'
import { AmountField, amountProblem } from '../../components/AmountField.tsx'
import { Answered } from '../../components/Answered.tsx'
import { Button } from '../../components/Button.tsx'
import { Identity } from '../../components/Identity.tsx'
import { parseAmount } from '../../format/amounts.ts'
import type { FormProps } from '../action.ts'
import styles from './form.module.css'

const DECIMALS = 18

export function UnbondForm({ desk, onReady, operator }: FormProps & { readonly operator: Hex }): ReactNode {
  const { chain, account } = desk
  const holder = account.address
  const [typed, setTyped] = useState('')
  const position = useQuery({
    queryKey: ['position', operator, holder],
    queryFn: ({ signal }) => getPosition(chain, { operator, holder }, { signal }),
  })
  const submit = (event: FormEvent, value: bigint): void => {
    event.preventDefault()
    const amount = parseAmount(typed, DECIMALS)
    if (amount === undefined) return
    // All shares, so that nothing is left by rounding.
    const what = amount === value ? { all: true } : { all: false, amount }
    onReady(async (at, options) => {
      const { planUnbond } = await import('@tessera/chain/plans/unbond')
      return planUnbond(at, { operator, ...what }, options)
    })
  }
  return (
    <Answered query={position} what="the stake there">
      {({ value }) => (
        <form className={styles.form} onSubmit={(event) => submit(event, value)}>
          <p>
            From the pool of <Identity hex={operator} ends={6} />. It unbonds for a while before it can be withdrawn,
            and earns nothing meanwhile.
          </p>
          <AmountField
            label="Amount to undelegate"
            value={typed}
            onChange={setTyped}
            symbol="TSRA"
            decimals={DECIMALS}
            most={value}
            mostText="delegated there"
          />
          <div className={styles.ways}>
            <Button
              kind="main"
              type="submit"
              disabled={typed === '' || amountProblem(typed, DECIMALS, value) !== undefined}
            >
              Review
            </Button>
          </div>
        </form>
      )}
    </Answered>
  )
}
