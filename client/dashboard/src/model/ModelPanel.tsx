// One checkpoint's model: chosen, loaded with every step checked, and writing. Each has a worker of its own.

import type { Answer } from '@tessera/indexer/api/routes'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { Badge } from '../components/Badge.tsx'
import { Button } from '../components/Button.tsx'
import { Failure } from '../components/Failure.tsx'
import { Choice } from '../components/Field.tsx'
import { Identity } from '../components/Identity.tsx'
import { Panel } from '../components/Panel.tsx'
import { visibleText } from '../format/hostile.ts'
import { compactText, countText, lossText } from '../format/numbers.ts'
import { StepList } from '../verify/StepList.tsx'
import { counted } from '../verify/words.ts'
import { CostNotice } from '../work/CostNotice.tsx'
import { useJob } from '../work/useJob.ts'
import { useWork } from '../work/useWork.ts'
import type { ModelChoice } from './choice.ts'
import type { ModelFacts } from './loadModel.ts'
import styles from './ModelPanel.module.css'
import { SampleCheck } from './SampleCheck.tsx'
import { useWriting, type Writing } from './useWriting.ts'

/** Characters of what is written: more than any choice of tokens gives. */
const MOST_SHOWN = 100_000

type Checkpoint = Answer<'checkpoints'>['rows'][number]

export interface ModelPanelProps {
  readonly title: string
  readonly run: number
  /** As the indexer lists them, newest first: only numbers of rounds are taken from it. */
  readonly checkpoints: readonly Checkpoint[]
  /** Null: the last. */
  readonly round: number | null
  readonly onRound: (round: number | null) => void
  /** What to write; null while a field is wrong. */
  readonly choice: ModelChoice | null
  /** Another number: write now, if a model is loaded. */
  readonly turn: number
}

export function ModelPanel(props: ModelPanelProps): ReactNode {
  const { title, run, checkpoints, round, onRound, choice, turn } = props
  const work = useWork()
  const loading = useJob(work, 'loadModel')
  const writing = useWriting(work)
  const { start: startLoading } = loading
  const load = useCallback(
    () => startLoading({ run: BigInt(run), round: round === null ? undefined : BigInt(round) }),
    [startLoading, run, round],
  )
  const facts = loading.state === 'done' ? (loading.result ?? null) : null
  const busy = loading.state === 'running'
  const { cost, cancel } = loading
  return (
    <Panel title={title} about="Worked out and run in this browser; nobody’s word is taken for the weights.">
      <div className={styles.panel}>
        <div className={styles.choose}>
          <Choice
            label="Checkpoint"
            value={round === null ? 'last' : String(round)}
            options={optionsOf(checkpoints, round)}
            onChange={(value) => onRound(value === 'last' ? null : Number(value))}
            disabled={busy}
          />
          {busy ? (
            <Button onClick={cancel}>Stop</Button>
          ) : (
            <Button kind={facts === null ? 'main' : 'usual'} onClick={load}>
              {facts === null ? 'Load the model' : 'Load again'}
            </Button>
          )}
        </div>
        {loading.state === 'failed' && <Failure error={loading.error} onRetry={load} />}
        {cost !== null && <CostNotice cost={cost} onCancel={cancel} />}
        {loading.steps.length > 0 && <LoadSteps of={loading.steps} done={facts !== null} />}
        {facts !== null && <Facts of={facts} />}
        {facts !== null && <Writer writing={writing} choice={choice} turn={turn} title={title} />}
        {facts !== null && (
          <SampleCheck work={work} title={title} sample={sampleOf(checkpoints, facts)} busy={writing.busy} />
        )}
      </div>
    </Panel>
  )
}

function optionsOf(
  checkpoints: readonly Checkpoint[],
  round: number | null,
): { readonly value: string; readonly name: string }[] {
  const named = checkpoints.map(({ round: each, loss }) => {
    const measured = loss === null ? '' : `, loss ${lossText(loss)}`
    return { value: String(each), name: each === 0 ? `genesis${measured}` : `round ${countText(each)}${measured}` }
  })
  const isListed = round === null || named.some(({ value }) => value === String(round))
  const linked = isListed ? [] : [{ value: String(round), name: `round ${countText(round)}` }]
  return [{ value: 'last', name: 'the last one' }, ...linked, ...named]
}

function sampleOf(checkpoints: readonly Checkpoint[], { round }: ModelFacts): Checkpoint['sample'] {
  return checkpoints.find((each) => each.round === Number(round))?.sample ?? null
}

interface LoadStepsProps {
  readonly of: Parameters<typeof StepList>[0]['steps']
  readonly done: boolean
}

/** Open while there is something to see; folded once the model is there. */
function LoadSteps({ of, done }: LoadStepsProps): ReactNode {
  const right = of.filter(({ state }) => state === 'green').length
  return (
    <details open={!done} key={String(done)}>
      <summary className={styles.summary}>
        {right} of {of.length} steps are right
      </summary>
      <StepList steps={of} label="Steps of loading" />
    </details>
  )
}

function Facts({ of }: { readonly of: ModelFacts }): ReactNode {
  const { name, round, root, parameters, context } = of
  return (
    <p className={styles.facts}>
      <Badge kind="good">on chain</Badge>
      <span>
        {name}, {round === 0n ? 'genesis' : `round ${round}`}, {compactText(parameters)} parameters, reads{' '}
        {countText(context)} tokens, root <Identity hex={root} what="root" />
      </span>
    </p>
  )
}

interface WriterProps {
  readonly writing: Writing
  readonly choice: ModelChoice | null
  readonly turn: number
  /** Of the panel: there may be two. */
  readonly title: string
}

function Writer({ writing, choice, turn, title }: WriterProps): ReactNode {
  const { busy, text, prompt, error, seconds, pieces, write, stop } = writing
  const [heard, setHeard] = useState(turn)
  useEffect(() => {
    if (turn === heard) return
    setHeard(turn)
    if (choice !== null) write(choice)
  }, [turn, heard, choice, write])
  return (
    <section aria-label={`${title}: what it writes`} className={styles.writer}>
      <div className={styles.head}>
        <h3>What it writes</h3>
        {busy ? (
          <Button onClick={stop}>Stop</Button>
        ) : (
          <Button kind="main" disabled={choice === null} onClick={() => choice !== null && write(choice)}>
            Write
          </Button>
        )}
      </div>
      {error !== undefined && <Failure error={error} />}
      <p className={styles.text} data-testid="written" aria-busy={busy}>
        {prompt === '' ? (
          <span className="quiet">Nothing yet.</span>
        ) : (
          <span className={styles.prompt}>{visibleText(prompt, MOST_SHOWN)}</span>
        )}
        {visibleText(text, MOST_SHOWN)}
      </p>
      {pieces > 0 && (
        <p className="quiet" role="status">
          {counted(pieces, 'piece')} in {seconds.toFixed(1)} s
          {!busy && `, ${(pieces / Math.max(seconds, 0.001)).toFixed(1)} a second`}
        </p>
      )}
    </section>
  )
}
