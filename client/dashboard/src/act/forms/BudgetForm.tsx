// How much is added to a sponsorship, or taken out of what no opened epoch of it holds.

import { useQuery } from '@tanstack/react-query'
import { sponsorshipAt } from '@tessera/chain/plans/sponsorships'
import { type FormEvent, type ReactNode, useState } from 'react'
import { AmountField, amountProblem } from '../../components/AmountField.tsx'
import { Answered } from '../../components/Answered.tsx'
import { Button } from '../../components/Button.tsx'
import { Notice } from '../../components/Notice.tsx'
import { parseAmount } from '../../format/amounts.ts'
import type { FormProps, SponsorshipName } from '../action.ts'
import styles from './form.module.css'
import { useBalance } from './useBalance.ts'

/** Plans take amounts with so many, whatever the token has. */
const TYPED_DECIMALS = 18

export interface BudgetFormProps extends FormProps {
  readonly of: SponsorshipName
  readonly way: 'top-up' | 'withdraw'
}

export function BudgetForm({ desk, onReady, of, way }: BudgetFormProps): ReactNode {
  const { chain, account } = desk
  const name = { manager: chain.deployment.runCoordinator, run: BigInt(of.run), source: BigInt(of.source) }
  const [typed, setTyped] = useState('')
  const sponsorship = useQuery({
    queryKey: ['sponsorship', of.run, of.source],
    queryFn: ({ signal }) => sponsorshipAt(chain, name, { signal }),
  })
  const token = sponsorship.data?.token
  const held = useBalance(token === undefined ? undefined : chain, account.address, token).data
  const decimals = held?.token.decimals
  const most = way === 'top-up' ? held?.amount : sponsorship.data?.free
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const amount = parseAmount(typed, TYPED_DECIMALS)
    if (amount !== undefined) onReady(plannerOf(amount))
  }
  const plannerOf =
    (amount: bigint | undefined): Parameters<typeof onReady>[0] =>
    async (at, options) => {
      if (way === 'top-up') {
        const { planTopUp } = await import('@tessera/chain/plans/topUp')
        return planTopUp(at, { ...name, amount: amount ?? 0n }, options)
      }
      const { planSponsorWithdrawal } = await import('@tessera/chain/plans/sponsorWithdrawal')
      const what = { amount, all: amount === undefined, to: account.address }
      return planSponsorWithdrawal(at, { ...name, ...what }, options)
    }
  return (
    <Answered query={sponsorship} what="the sponsorship">
      {() => (
        <form className={styles.form} onSubmit={submit}>
          <p>
            Sponsorship {of.source} of run {of.run}.
          </p>
          {decimals !== undefined && (
            <AmountField
              label={way === 'top-up' ? 'Amount to add' : 'Amount to take back'}
              value={typed}
              onChange={setTyped}
              symbol={held?.token.symbol ?? 'tokens'}
              decimals={decimals}
              most={most}
              mostText={way === 'top-up' ? 'in the wallet' : 'that no opened epoch holds'}
            />
          )}
          {held !== undefined && decimals === undefined && (
            <Notice kind="warn" title="This token does not say how many decimals it has">
              <p>Only all that is free can be taken back.</p>
            </Notice>
          )}
          <div className={styles.ways}>
            {way === 'withdraw' && <Button onClick={() => onReady(plannerOf(undefined))}>Take back all</Button>}
            <Button
              kind="main"
              type="submit"
              disabled={decimals === undefined || amountProblem(typed, decimals, most) !== undefined}
            >
              Review
            </Button>
          </div>
        </form>
      )}
    </Answered>
  )
}
