// Keeps the canvas of a mosaic drawn: when it scrolls, when its size, the theme or the rounds change. Stays at the newest round
// while that is what it shows.

import { type RefObject, useEffect, useRef, useState } from 'react'
import type { MosaicColumns, MosaicLayout, MosaicPoint } from './layout.ts'
import { contextOf, paintMosaic } from './paint.ts'
import { type Sprites, spritesOf } from './sprites.ts'

export interface MosaicCanvas {
  readonly scroller: RefObject<HTMLElement | null>
  readonly canvas: RefObject<HTMLCanvasElement | null>
  readonly columns: MosaicColumns
  readonly layout: MosaicLayout
  readonly cursor: MosaicPoint | undefined
  readonly viewport: number
  readonly setViewport: (width: number) => void
}

export function useMosaicCanvas(of: MosaicCanvas): void {
  const { scroller, canvas, columns, layout, cursor, viewport, setViewport } = of
  const atEnd = useRef(true)
  const sprites = useRef<{ readonly key: string; readonly of: Sprites }>(undefined)
  const [theme, setTheme] = useState(0)

  useEffect(() => {
    const changed = (): void => setTheme((before) => before + 1)
    addEventListener('tessera:theme', changed)
    return () => removeEventListener('tessera:theme', changed)
  }, [])

  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const resized = new ResizeObserver(() => setViewport(element.clientWidth))
    resized.observe(element)
    return () => resized.disconnect()
  }, [scroller, setViewport])

  useEffect(() => {
    const element = scroller.current
    if (element === null || viewport === 0) return
    if (atEnd.current) element.scrollLeft = layout.width
    const key = `${layout.pitchX}/${layout.pitchY}/${devicePixelRatio}/${theme}`
    if (sprites.current?.key !== key) sprites.current = { key, of: spritesOf(layout) }
    const picture = { columns, layout, sprites: sprites.current.of }
    const draw = (): void => {
      const context = canvas.current === null ? null : contextOf(canvas.current, viewport, layout.height)
      if (context !== null) paintMosaic(context, picture, { scroll: element.scrollLeft, width: viewport, cursor })
    }
    let frame = 0
    const scrolled = (): void => {
      atEnd.current = element.scrollLeft + viewport >= layout.width - layout.pitchX
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(draw)
    }
    draw()
    element.addEventListener('scroll', scrolled, { passive: true })
    return () => {
      cancelAnimationFrame(frame)
      element.removeEventListener('scroll', scrolled)
    }
  }, [scroller, canvas, columns, layout, cursor, viewport, theme])
}
