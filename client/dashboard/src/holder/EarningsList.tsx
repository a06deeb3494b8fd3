// A holder's earnings as a table of which only the rows in sight are drawn: thousands scroll as ten do.

import { useVirtualizer } from '@tanstack/react-virtual'
import type { Hex } from '@tessera/protocol/hex'
import { type ReactNode, useRef } from 'react'
import { Link } from 'wouter'
import { Amount } from '../components/Amount.tsx'
import { Badge } from '../components/Badge.tsx'
import { Identity } from '../components/Identity.tsx'
import { Moment } from '../components/Moment.tsx'
import { to } from '../paths.ts'
import { sourceName } from './ClaimPanel.tsx'
import styles from './EarningsList.module.css'
import type { Earning } from './exports.ts'

export interface EarningsListProps {
  readonly rows: readonly Earning[]
  readonly holder: Hex
}

/** In pixels, of a row on a wide screen; narrow ones are measured. */
const ROW = 44
const COLUMNS = ['Settled', 'Epoch', 'Came from', 'Commission', 'Amount', 'State', 'Check']
const KINDS = { holder: 'stake with', operator: 'operating as', owner: 'owning the run as' } as const

export function EarningsList({ rows, holder }: EarningsListProps): ReactNode {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  })
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section ref={scroller} className={styles.scroller} tabIndex={0} aria-label="Earnings, newest first">
      <table aria-rowcount={rows.length + 1} className={styles.table}>
        <caption className="visually-hidden">Earnings</caption>
        <thead className={styles.head}>
          <tr aria-rowindex={1} className={styles.row}>
            {COLUMNS.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className={styles.body} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const row = rows[index]
            return (
              row !== undefined && (
                <tr
                  key={key}
                  ref={virtual.measureElement}
                  data-index={index}
                  aria-rowindex={index + 2}
                  className={styles.row}
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <Cells row={row} holder={holder} />
                </tr>
              )
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

function Cells({ row, holder }: { readonly row: Earning; readonly holder: Hex }): ReactNode {
  const { run, epoch, source, token, operator, kind, commission, amount, settledAt, claimedAt } = row
  const verify = to.verifyPayout({ run, epoch, source, operator, holder: kind === 'owner' ? 'owner' : holder })
  return (
    <>
      <td>
        <Moment at={settledAt} />
      </td>
      <td>
        <Link href={to.run(run)}>Run {run}</Link>, epoch {epoch}
      </td>
      <td className={styles.from}>
        {sourceName(source)}, {KINDS[kind]} <Identity hex={operator} href={to.holder(operator)} what="operator" />
      </td>
      <td className={styles.commission}>
        <span className={styles.label}>commission </span>
        <Amount of={commission} token={token} bare />
      </td>
      <td className={styles.amount}>
        <Amount of={amount} token={token} />
      </td>
      <td>
        {claimedAt === null ? (
          <Badge kind="accent">to claim</Badge>
        ) : (
          <span className="quiet">
            paid <Moment at={claimedAt} />
          </span>
        )}
      </td>
      <td>
        <Link href={verify} aria-label={`Verify the pay of run ${run}, epoch ${epoch}, ${sourceName(source)}`}>
          Verify
        </Link>
      </td>
    </>
  )
}
