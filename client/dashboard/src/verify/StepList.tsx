// The steps of a check with their results: a word, a colour, what came of it, and, unfolded, every value that was compared.

import type { ReactNode } from 'react'
import { Badge, type BadgeProps } from '../components/Badge.tsx'
import { countText } from '../format/numbers.ts'
import styles from './StepList.module.css'
import type { Compared, Step, StepState } from './stepLog.ts'

const WORDS: Readonly<Record<StepState, readonly [word: string, kind: NonNullable<BadgeProps['kind']>]>> = {
  waiting: ['waiting', 'plain'],
  running: ['checking', 'accent'],
  green: ['right', 'good'],
  red: ['wrong', 'bad'],
  skipped: ['skipped', 'warn'],
}

/** Rows that are drawn of one step; those that differ first. */
const MOST_ROWS = 300

export function StepList({ steps, label }: { readonly steps: readonly Step[]; readonly label: string }): ReactNode {
  return (
    <ol className={styles.steps} aria-label={label}>
      {steps.map((step) => (
        <StepItem key={step.id} step={step} />
      ))}
    </ol>
  )
}

function StepItem({ step }: { readonly step: Step }): ReactNode {
  const { id, title, about, state, says, advice, code, compared, progress } = step
  const [word, kind] = WORDS[state]
  return (
    <li className={`${styles.step} ${styles[state]}`} data-step={id} data-state={state}>
      <div className={styles.head}>
        <h3>{title}</h3>
        <Badge kind={kind}>{word}</Badge>
      </div>
      <p className={styles.about}>{about}</p>
      {progress !== null && <Progress of={progress} label={title} />}
      {says !== '' && <p className={state === 'red' ? styles.wrong : styles.says}>{says}</p>}
      {advice !== '' && <p className={styles.says}>{advice}.</p>}
      {code !== '' && (
        <p className="quiet">
          <code>{code}</code>
        </p>
      )}
      {compared.length > 0 && <ComparedRows rows={compared} open={state === 'red'} title={title} />}
    </li>
  )
}

function Progress({ of, label }: { readonly of: NonNullable<Step['progress']>; readonly label: string }): ReactNode {
  const { done, total, unit } = of
  return (
    <p className={styles.progress}>
      <progress value={done} max={Math.max(1, total)} aria-label={label} />
      <span>
        {countText(done)} of {countText(total)} {unit}
      </span>
    </p>
  )
}

interface RowsProps {
  readonly rows: readonly Compared[]
  /** At first. */
  readonly open: boolean
  readonly title: string
}

function ComparedRows({ rows, open, title }: RowsProps): ReactNode {
  const wrong = rows.filter(({ equal }) => !equal)
  const shown = [...wrong, ...rows.filter(({ equal }) => equal)].slice(0, MOST_ROWS)
  return (
    <details open={open} className={styles.details}>
      <summary>
        {countText(rows.length)} compared{wrong.length > 0 && `, ${countText(wrong.length)} differ`}
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section className={styles.scroll} tabIndex={0} aria-label={`What was compared: ${title}`}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Worked out here</th>
              <th scope="col">As told</th>
              <th scope="col">Equal</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ what, computed, found, equal }) => (
              <tr key={what} className={equal ? undefined : styles.differs}>
                <th scope="row">{what}</th>
                <td>
                  <code>{computed}</code>
                </td>
                <td>
                  <code>{found}</code>
                </td>
                <td>{equal ? 'yes' : 'no'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {shown.length < rows.length && (
        <p className="quiet">
          The first {countText(MOST_ROWS)} of {countText(rows.length)}.
        </p>
      )}
    </details>
  )
}
