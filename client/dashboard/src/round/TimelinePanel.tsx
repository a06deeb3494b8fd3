// How the round went: each step with its time since the opening, and every event as a mark.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Panel } from '../components/Panel.tsx'
import { durationText, timeText } from '../format/numbers.ts'
import styles from './TimelinePanel.module.css'
import { timelineOf, trackOf } from './timeline.ts'

export function TimelinePanel({ round }: { readonly round: Answer<'round'> }): ReactNode {
  const steps = timelineOf(round)
  const { from, to } = trackOf(steps)
  return (
    <Panel title="What happened" about="Times are since the round opened; every mark is one transaction.">
      <ol className={styles.steps}>
        {steps.map(({ name, words, times, kind }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps have an order and nothing else.
          <li key={at} className={`${styles.step} ${styles[kind]}`}>
            <b>{name}</b>
            <span className={styles.words}>{words}</span>
            <span className={styles.times}>{timesText(times, round.openedAt)}</span>
            <span className={styles.track} aria-hidden="true">
              {at > 0 &&
                times.map((time, event) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: two events may have the same time.
                  <i key={event} style={{ left: `${(100 * (time - from)) / (to - from)}%` }} />
                ))}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  )
}

function timesText(times: readonly number[], opened: number): ReactNode {
  const first = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const last = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (times.length === 0) return '–'
  if (first === opened && last === opened)
    return <time title={timeText(first)}>{timeText(first).slice(0, 19)} UTC</time>
  const since = (time: number): string => `+${durationText(time - opened)}`
  return (
    <span title={`${timeText(first)} to ${timeText(last)}`}>
      {first === last ? since(first) : `${since(first)} to ${since(last)}`}
    </span>
  )
}
