// Lines over a common axis, drawn by uPlot. Thousands of points are as quick as ten. Who cannot see it gets the summary; the
// numbers under the pointer, or under the arrow keys, stand in the legend.

import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import styles from './LineChart.module.css'
import { axisStyle, colourOf } from './palette.ts'
import { shortened } from './ticks.ts'

export interface Line {
  readonly name: string
  /** One a point of the axis; null leaves a gap. */
  readonly values: readonly (number | null)[]
  readonly text: (value: number) => string
  /** Number of its colour, from 1; its place in the list if not given. */
  readonly colour?: number
  /** Points without a line between them. */
  readonly dots?: boolean
  /** Filled down to nothing. */
  readonly area?: boolean
}

export interface LineChartProps {
  /** What the chart answers, in one sentence: `Loss fell from 5.56 to 1.72 in 12 rounds`. */
  readonly summary: string
  readonly axis: {
    readonly name: string
    readonly values: readonly number[]
    readonly text: (value: number) => string
  }
  readonly lines: readonly Line[]
  /** In pixels. */
  readonly height?: number
  readonly logarithmic?: boolean
}

export function LineChart({ summary, axis, lines, height = 260, logarithmic = false }: LineChartProps): ReactNode {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)
  useEffect(() => {
    const element = host.current
    if (element === null) return
    const data = [axis.values, ...lines.map(({ values }) => values)] as unknown as uPlot.AlignedData
    const draw = (): void => {
      plot.current?.destroy()
      plot.current = new uPlot(
        optionsOf({ summary, axis, lines, height, logarithmic }, element.clientWidth),
        data,
        element,
      )
    }
    draw()
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }))
    resized.observe(element)
    addEventListener('tessera:theme', draw)
    return () => {
      removeEventListener('tessera:theme', draw)
      resized.disconnect()
      plot.current?.destroy()
      plot.current = null
    }
  }, [summary, axis, lines, height, logarithmic])
  const step = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (by === undefined || plot.current === null) return
    event.preventDefault()
    moveCursor(plot.current, by, axis.values.length)
  }
  return (
    <figure className={styles.chart}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: its points are read with the arrow keys. */}
      <div ref={host} role="img" aria-label={`${summary}. Arrow keys read its points.`} tabIndex={0} onKeyDown={step} />
      <figcaption className="visually-hidden">{summary}</figcaption>
    </figure>
  )
}

function newest({ values }: Line): number | null {
  return values.findLast((value) => value !== null) ?? null
}

/** Rounds, epochs and tokens have no halves. */
const WHOLE_STEPS = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat()

/** An area is compared by its size, so it stands on nothing. */
function fromZero(_: uPlot, __: number, most: number | null): uPlot.Range.MinMax {
  return [0, most === null || most <= 0 ? 1 : most * 1.1]
}

function moveCursor(plot: uPlot, by: number, points: number): void {
  const before = plot.cursor.idx ?? (by > 0 ? -1 : points)
  const at = Math.min(points - 1, Math.max(0, before + by))
  const x = plot.data[0][at]
  if (x !== undefined) plot.setCursor({ left: plot.valToPos(x, 'x'), top: plot.over.clientHeight / 2 })
}

function optionsOf({ axis, lines, height = 260, logarithmic }: LineChartProps, width: number): uPlot.Options {
  const text = (line: Line, value: number | null): string => (value === null ? '–' : line.text(value))
  const isArea = lines.some(({ area }) => area === true)
  return {
    width,
    height,
    cursor: { drag: { x: true, y: false }, points: { size: 7 } },
    legend: { live: true },
    scales: { x: { time: false }, y: { distr: logarithmic ? 3 : 1, ...(isArea ? { range: fromZero } : {}) } },
    axes: [
      {
        ...axisStyle(),
        size: 30,
        space: 88,
        incrs: WHOLE_STEPS,
        values: (_, splits) => splits.map((value) => axis.text(value)),
      },
      {
        ...axisStyle(),
        size: 58,
        values: (_, splits) => shortened(splits.map((value) => (value === null ? '' : (lines[0]?.text(value) ?? '')))),
      },
    ],
    series: [
      {
        label: axis.name,
        value: (_, value: number | null) => axis.text(value ?? axis.values.at(-1) ?? 0),
      },
      ...lines.map((line, at): uPlot.Series => {
        const colour = colourOf(line.colour ?? at + 1)
        return {
          label: line.name,
          stroke: colour,
          width: line.dots === true ? 0 : 2,
          spanGaps: true,
          points: { show: line.dots === true ? true : undefined, size: 5, fill: colour } as uPlot.Series.Points,
          ...(line.area === true ? { fill: `color-mix(in srgb, ${colour} 14%, transparent)` } : {}),
          // Without a pointer the legend tells the newest.
          value: (_, value: number | null, __, at: number | null) => text(line, at === null ? newest(line) : value),
        }
      }),
    ],
  }
}
