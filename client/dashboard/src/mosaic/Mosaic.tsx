// The mosaic of a run: a column a round, a row a member, a tile by what the member did. Scrolls as the browser scrolls; only what
// the window shows is drawn. Arrow keys read the tiles; Enter opens a round.

import { type KeyboardEvent, type PointerEvent, type ReactNode, useMemo, useRef, useState } from 'react'
import { layOut, type MosaicColumns, type MosaicPoint, rowsOf, step, tileAt } from './layout.ts'
import styles from './Mosaic.module.css'
import { Overview } from './Overview.tsx'
import { RowLabels } from './RowLabels.tsx'
import { useMosaicCanvas } from './useMosaicCanvas.ts'

export interface MosaicProps {
  readonly columns: MosaicColumns
  /** In one sentence, for who cannot see it. */
  readonly summary: string
  /** Where the pointer or the keys are; undefined when they have left. */
  readonly onPoint: (
    point: (MosaicPoint & { readonly role: 'miner' | 'validator'; readonly slot: number }) | undefined,
  ) => void
  readonly onOpen: (round: number) => void
}

export function Mosaic({ columns, summary, onPoint, onOpen }: MosaicProps): ReactNode {
  const scroller = useRef<HTMLElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [viewport, setViewport] = useState(0)
  const [cursor, setCursor] = useState<MosaicPoint>()
  const rows = useMemo(() => rowsOf(columns), [columns])
  const layout = useMemo(() => layOut(columns, rows, viewport), [columns, rows, viewport])
  useMosaicCanvas({ scroller, canvas, columns, layout, cursor, viewport, setViewport })

  const point = (next: MosaicPoint | undefined): void => {
    if (next?.column === cursor?.column && next?.row === cursor?.row) return
    setCursor(next)
    const row = next === undefined ? undefined : rows[next.row]
    onPoint(next === undefined || row === undefined ? undefined : { ...next, ...row })
  }
  const under = (event: PointerEvent): MosaicPoint | undefined => {
    const box = canvas.current?.getBoundingClientRect()
    if (box === undefined) return undefined
    const scroll = scroller.current?.scrollLeft ?? 0
    return tileAt(layout, event.clientX - box.left + scroll, event.clientY - box.top)
  }
  const press = (event: KeyboardEvent): void => {
    const round = cursor === undefined ? undefined : columns.round[cursor.column]
    if (event.key === 'Enter' && round !== undefined) onOpen(round)
    if (event.key === 'Escape') point(undefined)
    if (!/^(Arrow|Page|Home$|End$)/.test(event.key) || columns.round.length === 0) return
    event.preventDefault()
    const next = step(layout, cursor, event.key, Math.max(1, Math.floor(viewport / layout.pitchX) - 1))
    point(next)
    showColumn(scroller.current, next.column, layout.pitchX)
  }
  return (
    <div className={styles.mosaic}>
      <div className={styles.field}>
        <RowLabels layout={layout} />
        <section
          ref={scroller}
          className={styles.scroller}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: its tiles are read with the arrow keys.
          tabIndex={0}
          aria-label={`${summary} Arrow keys read the tiles, Enter opens the round.`}
          onKeyDown={press}
        >
          <div className={styles.spacer} style={{ width: layout.width, height: layout.height }}>
            <canvas
              ref={canvas}
              className={styles.canvas}
              onPointerMove={(event) => event.pointerType === 'mouse' && point(under(event))}
              onPointerDown={(event) => point(under(event))}
            />
          </div>
        </section>
      </div>
      <Overview columns={columns} layout={layout} scroller={scroller} viewport={viewport} />
    </div>
  )
}

function showColumn(scroller: HTMLElement | null, column: number, pitch: number): void {
  if (scroller === null) return
  const left = column * pitch
  if (left < scroller.scrollLeft) scroller.scrollLeft = left - pitch
  else if (left + pitch > scroller.scrollLeft + scroller.clientWidth)
    scroller.scrollLeft = left + 2 * pitch - scroller.clientWidth
}
