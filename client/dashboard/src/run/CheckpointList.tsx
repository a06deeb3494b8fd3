// The line of checkpoints, newest first, each below its child. Arrow keys go along it.

import type { Answer } from '@tessera/indexer/api/routes'
import { type KeyboardEvent, type ReactNode, useRef } from 'react'
import { Button } from '../components/Button.tsx'
import { countText, lossText, shortHex } from '../format/numbers.ts'
import styles from './CheckpointList.module.css'

export interface CheckpointListProps {
  readonly rows: Answer<'checkpoints'>['rows']
  /** Round of the chosen one. */
  readonly chosen: number
  readonly onChoose: (round: number) => void
  readonly onMore?: () => void
}

export function CheckpointList({ rows, chosen, onChoose, onMore }: CheckpointListProps): ReactNode {
  const list = useRef<HTMLOListElement>(null)
  const move = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (by === undefined) return
    event.preventDefault()
    const next = rows[rows.findIndex(({ round }) => round === chosen) + by]
    if (next === undefined) return
    onChoose(next.round)
    list.current?.querySelector<HTMLButtonElement>(`[data-round="${next.round}"]`)?.focus()
  }
  return (
    <div className={styles.box}>
      <ol ref={list} className={styles.list} onKeyDown={move}>
        {rows.map(({ round, root, loss, sample }) => (
          <li key={`${round}-${root}`}>
            <button
              type="button"
              data-round={round}
              className={styles.checkpoint}
              aria-current={round === chosen ? 'true' : undefined}
              tabIndex={round === chosen ? 0 : -1}
              onClick={() => onChoose(round)}
            >
              <i className={styles.tile} aria-hidden="true" />
              <span className={styles.round}>{round === 0 ? 'Genesis' : `Round ${countText(round)}`}</span>
              <span className={styles.loss}>{loss === null ? '–' : lossText(loss)}</span>
              <code className={styles.root}>{shortHex(root)}</code>
              <span className={styles.text}>{sample === null ? 'no text' : ''}</span>
            </button>
          </li>
        ))}
      </ol>
      {onMore !== undefined && <Button onClick={onMore}>Load earlier ones</Button>}
    </div>
  )
}
