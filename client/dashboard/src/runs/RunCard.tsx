// One run among all: what it is, how it fares, what it pays.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Amount, TSRA } from '../components/Amount.tsx'
import { Amounts } from '../components/Amounts.tsx'
import { Phase } from '../components/Phase.tsx'
import { visibleLine } from '../format/hostile.ts'
import { bpsText, compactText, countText, lossText } from '../format/numbers.ts'
import { plural } from '../format/plural.ts'
import { to } from '../paths.ts'
import styles from './RunCard.module.css'

export function RunCard({ of: run }: { readonly of: Answer<'runs'>[number] }): ReactNode {
  const { name, parameters, phase, lastLoss, tokens, finalRounds, voidRounds, miners, validators } = run
  const title = name === null ? `Run ${run.run}` : visibleLine(name)
  return (
    <article className={styles.card}>
      <header className={styles.head}>
        <h3>
          <Link href={to.run(run.run)}>{title}</Link>
        </h3>
        <Phase of={phase} />
        <p className={styles.what}>
          {[
            ...(name === null ? [] : [`Run ${run.run}`]),
            ...(parameters === null ? [] : [`${compactText(parameters)} parameters`]),
            ...(run.round > finalRounds + voidRounds ? [`round ${countText(run.round)} under way`] : []),
          ].join(', ')}
        </p>
      </header>
      <dl className={styles.numbers}>
        <Figure name="Loss" note={lastLoss === null ? undefined : `after round ${countText(lastLoss.round)}`}>
          {lastLoss === null ? '–' : lossText(lastLoss.loss)}
        </Figure>
        <Figure name="Tokens">{tokens === null ? '–' : compactText(tokens)}</Figure>
        <Figure name="Rounds" note={voidRounds === 0 ? undefined : `${countText(voidRounds)} void`}>
          {countText(finalRounds + voidRounds)}
        </Figure>
        <Figure name="Miners" note={`of ${miners.most}`}>
          {miners.active}
        </Figure>
        <Figure name="Validators" note={`of ${validators.most}`}>
          {validators.active}
        </Figure>
        <Figure name="Emission" note={run.emission.shareBps === null ? 'no votes yet' : 'of each period'}>
          {run.emission.shareBps === null ? '–' : bpsText(run.emission.shareBps)}
        </Figure>
        <Figure name="Pot of the epoch" note={sponsorsText(run.sponsorships.length)}>
          <Amounts of={run.pots} />
        </Figure>
        <Figure name="Paid out">
          <Amount of={run.earned} token={TSRA} digits={2} />
        </Figure>
      </dl>
    </article>
  )
}

function Figure({
  name,
  note,
  children,
}: {
  readonly name: string
  readonly note?: string | undefined
  readonly children: ReactNode
}): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={styles.value}>{children}</dd>
      {note !== undefined && <dd className={styles.note}>{note}</dd>}
    </div>
  )
}

function sponsorsText(sponsors: number): string | undefined {
  return sponsors === 0 ? undefined : plural(sponsors, 'sponsor')
}
