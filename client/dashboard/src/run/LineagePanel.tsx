// The checkpoints of a run, each the child of the one before, and what the model wrote at each: step through them and read it learn.

import type { Answer } from '@tessera/indexer/api/routes'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import { Button } from '../components/Button.tsx'
import { Failure } from '../components/Failure.tsx'
import { Identity } from '../components/Identity.tsx'
import { Loading } from '../components/Loading.tsx'
import { Moment } from '../components/Moment.tsx'
import { Panel } from '../components/Panel.tsx'
import { SampleText } from '../components/SampleText.tsx'
import { countText, lossText } from '../format/numbers.ts'
import { to } from '../paths.ts'
import { useCheckpoints } from '../queries/useCheckpoints.ts'
import { CheckpointList } from './CheckpointList.tsx'
import styles from './LineagePanel.module.css'

type Checkpoint = Answer<'checkpoints'>['rows'][number]

export function LineagePanel({ run }: { readonly run: number }): ReactNode {
  const { rows, total, error, hasMore, loadMore } = useCheckpoints(run)
  /** Round of the chosen one; undefined follows the newest that has a text. */
  const [chosen, setChosen] = useState<number>()
  const newest = rows.find(({ sample }) => sample !== null) ?? rows[0]
  const shown = rows.find(({ round }) => round === chosen) ?? newest
  return (
    <Panel
      title="Checkpoints"
      about={`${total === undefined ? 'Each' : `${countText(total)} checkpoints, each`} made of the one before and of what was included. At each, the model went on from the same words.`}
    >
      {error !== null && rows.length === 0 ? (
        <Failure error={error} />
      ) : shown === undefined ? (
        <Loading what="the checkpoints" />
      ) : (
        <div className={styles.lineage}>
          <CheckpointList
            rows={rows}
            chosen={shown.round}
            onChoose={setChosen}
            {...(hasMore ? { onMore: loadMore } : {})}
          />
          <Reader run={run} rows={rows} shown={shown} onChoose={setChosen} />
        </div>
      )}
    </Panel>
  )
}

interface ReaderProps {
  readonly run: number
  readonly rows: readonly Checkpoint[]
  readonly shown: Checkpoint
  readonly onChoose: (round: number) => void
}

function Reader({ run, rows, shown, onChoose }: ReaderProps): ReactNode {
  const at = rows.indexOf(shown)
  const [later, earlier] = [rows[at - 1], rows[at + 1]]
  return (
    <article className={styles.reader} aria-live="polite">
      <header className={styles.head}>
        <h3>{shown.round === 0 ? 'Genesis' : `After round ${countText(shown.round)}`}</h3>
        <span className={styles.steps}>
          <Button disabled={earlier === undefined} onClick={() => earlier !== undefined && onChoose(earlier.round)}>
            ← Earlier
          </Button>
          <Button disabled={later === undefined} onClick={() => later !== undefined && onChoose(later.round)}>
            Later →
          </Button>
        </span>
      </header>
      {shown.sample === null ? (
        <p className={styles.none}>The observer has not written with this checkpoint yet.</p>
      ) : (
        <SampleText sample={shown.sample} />
      )}
      <dl className={styles.facts}>
        <div>
          <dt>Loss</dt>
          <dd>{shown.loss === null ? 'not measured' : lossText(shown.loss)}</dd>
        </div>
        <div>
          <dt>Included</dt>
          <dd>{shown.round === 0 ? '–' : countText(shown.included)}</dd>
        </div>
        <div>
          <dt>When</dt>
          <dd>
            <Moment at={shown.at} />
          </dd>
        </div>
        <div>
          <dt>Root</dt>
          <dd>
            <Identity hex={shown.root} what="root" />
          </dd>
        </div>
        <div>
          <dt>Parent</dt>
          <dd>{shown.parentRoot === null ? 'none' : <Identity hex={shown.parentRoot} what="root of the parent" />}</dd>
        </div>
      </dl>
      <p className={styles.links}>
        <Link href={to.verifyCheckpoint(run, shown.round)}>Verify this checkpoint</Link>
        {shown.round > 0 && <Link href={to.round(run, shown.round)}>Round {countText(shown.round)}</Link>}
        <Link href={to.model(run)}>Talk to the model</Link>
      </p>
    </article>
  )
}
