// Colours of charts, which are drawn in pixels and so ask the page for them.

import type uPlot from 'uplot'

/** @param number From 1 to 5. */
export function colourOf(number: number): string {
  return token(`--series-${((number - 1) % 5) + 1}`)
}

export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

export function axisStyle(): uPlot.Axis {
  const line = { stroke: token('--line'), width: 1 }
  return {
    stroke: token('--ink-3'),
    font: '12px "Instrument Sans", system-ui, sans-serif',
    grid: line,
    ticks: { ...line, size: 4 },
  }
}
