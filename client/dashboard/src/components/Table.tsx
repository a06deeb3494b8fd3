// A table. Numbers stand right. On a phone each row becomes a card that names its cells; what is still too wide scrolls, by
// keyboard too.

import type { ReactNode } from 'react'
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
}

export function Table<Row>({ caption, columns, rows, rowKey, empty = 'Nothing yet.' }: TableProps<Row>): ReactNode {
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
          {rows.map((row) => (
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
    </section>
  )
}
