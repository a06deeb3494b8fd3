// For which runs the account's stake is, in percent. What is left counts for nobody.

import { useQuery } from '@tanstack/react-query'
import { getBallot } from '@tessera/chain/actions/getBallot'
import { getEmission } from '@tessera/chain/actions/getEmission'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Answered } from '../../components/Answered.tsx'
import { Button } from '../../components/Button.tsx'
import { Field } from '../../components/Field.tsx'
import { bpsText } from '../../format/numbers.ts'
import { useAnswer } from '../../queries/useAnswer.ts'
import type { FormProps, Planner } from '../action.ts'
import styles from './form.module.css'
import { weightsOf } from './weights.ts'

export function VoteForm({ desk, onReady }: FormProps): ReactNode {
  const { chain, account } = desk
  const runs = useAnswer('runs')
  const [changed, setChanged] = useState<ReadonlyMap<number, string>>(new Map())
  // What would count from the next period on, to begin with.
  const ballot = useQuery({
    queryKey: ['ballot', account.address],
    queryFn: async ({ signal }) => {
      const { period, begun } = await getEmission(chain, { signal })
      return getBallot(chain, { holder: account.address, period: begun ? period + 1n : period }, { signal })
    },
  })
  const manager = chain.deployment.runCoordinator
  const present = new Map((ballot.data ?? []).map(({ run, bps }) => [Number(run), `${bps / 100}`]))
  const typed = new Map((runs.data ?? []).map(({ run }) => [run, changed.get(run) ?? present.get(run) ?? '']))
  const { parts, sum, problem } = weightsOf(typed)
  const planOf =
    (choices: readonly { readonly run: number; readonly bps: number }[]): Planner =>
    async (at, options) => {
      const { planVote } = await import('@tessera/chain/plans/vote')
      return planVote(
        at,
        choices.map(({ run, bps }) => ({ manager, run: BigInt(run), bps })),
        options,
      )
    }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (problem === undefined) onReady(planOf(parts))
  }
  return (
    <Answered query={ballot} what="the present vote">
      {() => (
        <Answered query={runs} what="runs">
          {(rows) => (
            <form className={styles.form} onSubmit={submit}>
              <p>
                Votes divide new tokens among runs. They count from the next period on, with the stake that you hold
                just before it begins.
              </p>
              <div className={styles.weights}>
                {rows.map(({ run, name }) => (
                  <Field
                    key={run}
                    label={`Run ${run}${name === null ? '' : `, ${name}`}, percent`}
                    value={typed.get(run) ?? ''}
                    kind="decimal"
                    onChange={(text) => setChanged(new Map(changed).set(run, text))}
                  />
                ))}
                {rows.length === 0 && <p className="quiet">There is no run to vote for.</p>}
              </div>
              <p className={styles.sum} role="status">
                {problem ??
                  `${bpsText(sum)} of your votes${sum < 10_000 ? `; ${bpsText(10_000 - sum)} for nobody` : ''}.`}
              </p>
              <div className={styles.ways}>
                {(ballot.data ?? []).length > 0 && (
                  <Button onClick={() => onReady(planOf([]))}>Take the vote back</Button>
                )}
                <Button kind="main" type="submit" disabled={problem !== undefined}>
                  Review
                </Button>
              </div>
            </form>
          )}
        </Answered>
      )}
    </Answered>
  )
}
