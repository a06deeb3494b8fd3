// Where this period's emission goes: one bar, a part a run.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Amount, TSRA } from '../components/Amount.tsx'
import { Answered } from '../components/Answered.tsx'
import { Moment } from '../components/Moment.tsx'
import { Panel } from '../components/Panel.tsx'
import { visibleLine } from '../format/hostile.ts'
import { bpsText, countText, percentText } from '../format/numbers.ts'
import { partOf } from '../format/scores.ts'
import { to } from '../paths.ts'
import { useAnswer } from '../queries/useAnswer.ts'
import styles from './EmissionPanel.module.css'

export function EmissionPanel({ runs }: { readonly runs: Answer<'runs'> }): ReactNode {
  const query = useAnswer('emission', {})
  return (
    <Panel
      title="Emission"
      about="New tokens of each period go to runs, by the votes of who has stake."
      tools={<Link href={to.holder()}>Vote</Link>}
    >
      <Answered query={query} what="the emission">
        {(emission) => (
          <>
            <p className={styles.words}>
              Period {countText(emission.period)} emits <Amount of={emission.amount} token={TSRA} digits={2} /> and ends{' '}
              <Moment at={emission.endsAt} />. There are <Amount of={emission.supply} token={TSRA} digits={0} />,{' '}
              {percentText(partOf(emission.supply, emission.cap))} of all that there ever will be.
            </p>
            <Shares shares={emission.runs} nameOf={(run) => nameOf(runs, run)} />
          </>
        )}
      </Answered>
    </Panel>
  )
}

interface SharesProps {
  readonly shares: Answer<'emission'>['runs']
  readonly nameOf: (run: number) => string
}

function Shares({ shares, nameOf: name }: SharesProps): ReactNode {
  if (shares.length === 0) return <p className="quiet">Nobody has voted: nothing is emitted yet.</p>
  const sorted = shares.toSorted((a, b) => b.shareBps - a.shareBps)
  return (
    <>
      <div className={styles.bar} aria-hidden="true">
        {sorted.map(({ run, shareBps }, at) => (
          <i key={run} style={{ flexGrow: shareBps, background: `var(--series-${(at % 5) + 1})` }} />
        ))}
      </div>
      <ul className={styles.shares}>
        {sorted.map(({ run, shareBps, votes }, at) => (
          <li key={run}>
            <i aria-hidden="true" style={{ background: `var(--series-${(at % 5) + 1})` }} />
            <Link href={to.run(run)}>{name(run)}</Link> <b>{bpsText(shareBps)}</b>{' '}
            <span className="quiet">
              <Amount of={votes} token={TSRA} digits={0} /> of votes
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

function nameOf(runs: Answer<'runs'>, run: number): string {
  const name = runs.find((each) => each.run === run)?.name ?? null
  return name === null ? `Run ${run}` : visibleLine(name)
}
