// Contributions, as many as there are: only the rows in the window are in the page. Rows are loaded as they are scrolled to.

import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useRef } from 'react'
import { countText } from '../format/numbers.ts'
import type { Contributions } from '../queries/useContributions.ts'
import { Button } from './Button.tsx'
import styles from './ContributionsTable.module.css'
import { contributionColumns } from './contributionColumns.tsx'
import { Failure } from './Failure.tsx'
import { Loading } from './Loading.tsx'
import { Notice } from './Notice.tsx'
import rowStyles from './Table.module.css'

export interface ContributionsTableProps {
  readonly run: number
  readonly of: Contributions
  /** Without the miner, on its own page. */
  readonly isOfOne?: boolean
}

const ROW = 44
/** Rows from the end at which the next ones are asked for. */
const AHEAD = 20

export function ContributionsTable({ run, of, isOfOne = false }: ContributionsTableProps): ReactNode {
  const { rows, total = 0, hasMore, loadMore } = of
  const scroller = useRef<HTMLElement>(null)
  const columns = contributionColumns(run, isOfOne ? 'miner' : 'run')
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  const isNearEnd = hasMore && !of.isLoading && last >= rows.length - AHEAD && of.error === null
  // biome-ignore lint/correctness/useExhaustiveDependencies: loadMore is new with each render and does the same.
  useEffect(() => {
    if (isNearEnd) loadMore()
  }, [isNearEnd, rows.length])
  if (rows.length === 0 && of.error !== null) return <Failure error={of.error} onRetry={of.restart} />
  if (rows.length === 0 && of.isLoading) return <Loading what="the contributions" />
  if (rows.length === 0) return <p className="quiet">No contribution yet, or none that fits.</p>
  const before = items[0]?.start ?? 0
  const after = Math.max(0, virtual.getTotalSize() - (items.at(-1)?.end ?? 0))
  return (
    <>
      <p className={styles.count} role="status">
        {countText(total)} in all, {countText(rows.length)} loaded, newest first.{' '}
        {of.isPaused && (
          <>
            Paused while you read. <Button onClick={of.restart}>Show the newest</Button>
          </>
        )}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section ref={scroller} className={styles.scroll} tabIndex={0} aria-label="Contributions, newest first">
        <table className={`${rowStyles.table} ${styles.window}`} aria-rowcount={total + 1}>
          <thead>
            <tr aria-rowindex={1}>
              {columns.map(({ name, align, about }) => (
                <th key={name} scope="col" className={align === 'right' ? rowStyles.right : undefined} title={about}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {before > 0 && <Spacer height={before} columns={columns.length} />}
            {items.map(({ index, key }) => {
              const row = rows[index]
              if (row === undefined) return null
              return (
                <tr key={key} ref={virtual.measureElement} data-index={index} aria-rowindex={index + 2}>
                  {columns.map(({ name, cell, align }) => (
                    <td key={name} data-name={name} className={align === 'right' ? rowStyles.right : undefined}>
                      {cell(row)}
                    </td>
                  ))}
                </tr>
              )
            })}
            {after > 0 && <Spacer height={after} columns={columns.length} />}
          </tbody>
        </table>
      </section>
      {of.error !== null && (
        <Notice kind="warn" title="More could not be loaded">
          <p>{of.error.message}</p>
          <Button onClick={loadMore}>Try again</Button>
        </Notice>
      )}
    </>
  )
}

/** Takes the room of the rows that are not there. */
function Spacer({ height, columns }: { readonly height: number; readonly columns: number }): ReactNode {
  return (
    <tr className={styles.spacer}>
      <td colSpan={columns} style={{ height }} />
    </tr>
  )
}
