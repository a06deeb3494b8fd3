// A table. Numbers stand right. On a phone each row becomes a card that names its cells; what is still too wide scrolls, by
// keyboard too.

import { type ReactNode, useState } from 'react'
import { useMedia } from '../useMedia.ts'
import { Button } from './Button.tsx'
import styles from './Table.module.css'

export interface Column<Row> {
  readonly name: string
  readonly cell: (row: Row) => ReactNode
  /** Right: numbers. */
  readonly align?: 'left' | 'right'
  /** In the heading's title: what the number is. */
  readonly about?: string
}

export interface TableProps<Row> {
  /** For who cannot see where it stands. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string | number
  /** Shown instead of no rows. */
  readonly empty?: ReactNode
  /** Shows so many, fewer on a phone, until all are asked for. */
  readonly most?: number
}

const MOST_ON_PHONE = 6

export function Table<Row>(props: TableProps<Row>): ReactNode {
  const { caption, columns, rows, rowKey, empty = 'Nothing yet.', most } = props
  const isPhone = useMedia('(max-width: 44rem)')
  const [isWhole, setWhole] = useState(false)
  const limit = isWhole || most === undefined ? rows.length : isPhone ? Math.min(most, MOST_ON_PHONE) : most
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section className={styles.scroll} tabIndex={0} aria-label={caption}>
      <table className={styles.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, align, about }) => (
              <th key={name} scope="col" className={align === 'right' ? styles.right : undefined} title={about}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, limit).map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ name, cell, align }) => (
                <td key={name} data-name={name} className={align === 'right' ? styles.right : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {rows.length === 0 && (
            <tr>
              <td colSpan={columns.length} className={styles.empty}>
                {empty}
              </td>
            </tr>
          )}
        </tbody>
      </table>
      {limit < rows.length && (
        <p className={styles.more}>
          <Button onClick={() => setWhole(true)}>Show all {rows.length}</Button>
        </p>
      )}
    </section>
  )
}
