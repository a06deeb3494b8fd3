// Which run, in which token, how much in all and for each epoch.

import { type Hex, isHex, lowerHex } from '@tessera/protocol/hex'
import { type FormEvent, type ReactNode, useState } from 'react'
import { AmountField, amountProblem } from '../../components/AmountField.tsx'
import { Answered } from '../../components/Answered.tsx'
import { Button } from '../../components/Button.tsx'
import { Failure } from '../../components/Failure.tsx'
import { Choice, Field } from '../../components/Field.tsx'
import { parseAmount } from '../../format/amounts.ts'
import { useAnswer } from '../../queries/useAnswer.ts'
import type { FormProps } from '../action.ts'
import { epochsOf } from './epochs.ts'
import styles from './form.module.css'
import { useBalance } from './useBalance.ts'

/** Plans take amounts with so many, whatever the token has. */
const TYPED_DECIMALS = 18

export function SponsorForm({ desk, onReady, chosen }: FormProps & { readonly chosen: number | undefined }): ReactNode {
  const { chain, account } = desk
  const runs = useAnswer('runs')
  const [run, setRun] = useState(chosen?.toString() ?? '')
  const [address, setAddress] = useState<string>(chain.deployment.token)
  const [typed, setTyped] = useState('')
  const [each, setEach] = useState('')
  const token = isHex(address, 20) ? (lowerHex(address) as Hex) : undefined
  const balance = useBalance(token === undefined ? undefined : chain, account.address, token)
  const { data: held } = balance
  const decimals = held?.token.decimals
  const symbol = held?.token.symbol ?? 'tokens'
  const isReady =
    decimals !== undefined &&
    token !== undefined &&
    amountProblem(typed, decimals, held?.amount) === undefined &&
    amountProblem(each, decimals) === undefined
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const [amount, perEpoch] = [parseAmount(typed, TYPED_DECIMALS), parseAmount(each, TYPED_DECIMALS)]
    const of = BigInt(run === '' ? (runs.data?.[0]?.run ?? 0) : run)
    if (!isReady || amount === undefined || perEpoch === undefined) return
    onReady(async (at, options) => {
      const { planSponsorship } = await import('@tessera/chain/plans/sponsorship')
      const { runCoordinator: manager } = chain.deployment
      return planSponsorship(at, { manager, run: of, token, amount, perEpoch }, options)
    })
  }
  return (
    <Answered query={runs} what="runs">
      {(rows) => (
        <form className={styles.form} onSubmit={submit}>
          <p>
            A fixed amount for each epoch that opens from now on, shared by those who earn in it, until it is used up.
          </p>
          <Choice
            label="Run"
            value={run}
            onChange={setRun}
            options={rows.map((row) => ({
              value: `${row.run}`,
              name: `Run ${row.run}${row.name === null ? '' : `, ${row.name}`}`,
            }))}
          />
          <Field
            label="Token (address of an ERC-20)"
            value={address}
            onChange={setAddress}
            about={held?.token.native === true ? 'The network’s own token' : 'Its own code says its name and decimals'}
            wrong={token === undefined ? 'Write an address: 0x and 40 hexadecimal digits.' : undefined}
          />
          {balance.error !== null && token !== undefined && <Failure error={balance.error} />}
          {decimals !== undefined && (
            <>
              <AmountField
                label="Amount in all"
                value={typed}
                onChange={setTyped}
                symbol={symbol}
                decimals={decimals}
                most={held?.amount}
                mostText="in the wallet"
              />
              <AmountField label="For each epoch" value={each} onChange={setEach} symbol={symbol} decimals={decimals} />
              <p className={styles.sum} role="status">
                {epochsOf(parseAmount(typed, decimals), parseAmount(each, decimals))}
              </p>
            </>
          )}
          <div className={styles.ways}>
            <Button kind="main" type="submit" disabled={!isReady}>
              Review
            </Button>
          </div>
        </form>
      )}
    </Answered>
  )
}
