// The whole run in one strip, and which part of it the mosaic shows: drag to go there. With the keyboard the mosaic itself scrolls.

import { type PointerEvent, type ReactNode, type RefObject, useEffect, useMemo, useRef } from 'react'
import { token } from '../charts/palette.ts'
import type { MosaicColumns, MosaicLayout } from './layout.ts'
import styles from './Overview.module.css'
import { overviewBars } from './overviewBars.ts'
import { contextOf } from './paint.ts'

export interface OverviewProps {
  readonly columns: MosaicColumns
  readonly layout: MosaicLayout
  readonly scroller: RefObject<HTMLElement | null>
  readonly viewport: number
}

const HEIGHT = 34
const MARK = 5

export function Overview({ columns, layout, scroller, viewport }: OverviewProps): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  const isWhole = layout.width <= viewport
  const bars = useMemo(() => overviewBars(columns, Math.max(1, Math.floor(viewport))), [columns, viewport])

  useEffect(() => {
    const element = scroller.current
    if (element === null || canvas.current === null || isWhole) return
    let frame = 0
    const draw = (): void => {
      const context = canvas.current === null ? null : contextOf(canvas.current, viewport, HEIGHT)
      if (context === null) return
      paintBars(context, bars)
      const scale = viewport / layout.width
      context.strokeStyle = token('--ink')
      context.lineWidth = 2
      const width = Math.max(6, viewport * scale)
      context.strokeRect(Math.min(viewport - width - 1, element.scrollLeft * scale + 1), 1, width, HEIGHT - 2)
    }
    const later = (): void => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(draw)
    }
    draw()
    element.addEventListener('scroll', later, { passive: true })
    addEventListener('tessera:theme', draw)
    return () => {
      cancelAnimationFrame(frame)
      element.removeEventListener('scroll', later)
      removeEventListener('tessera:theme', draw)
    }
  }, [scroller, bars, isWhole, layout.width, viewport])

  const go = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (scroller.current === null || event.buttons === 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    const part = (event.clientX - event.currentTarget.getBoundingClientRect().left) / viewport
    scroller.current.scrollLeft = part * layout.width - viewport / 2
  }
  if (isWhole) return null
  return (
    <div className={styles.overview} aria-hidden="true">
      <canvas ref={canvas} onPointerDown={go} onPointerMove={go} />
    </div>
  )
}

function paintBars(context: CanvasRenderingContext2D, bars: ReturnType<typeof overviewBars>): void {
  const [included, bad] = [token('--cell-included'), token('--bad')]
  const room = HEIGHT - MARK - 4
  for (const [x, bar] of bars.entries()) {
    context.fillStyle = included
    context.globalAlpha = 0.55
    context.fillRect(x, HEIGHT - 2 - room * bar.included, 1, room * bar.included)
    context.globalAlpha = 1
    if (!bar.isVoid) continue
    context.fillStyle = bad
    context.fillRect(x, 2, 1, MARK)
  }
}
