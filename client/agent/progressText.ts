// The words of a progress bar: amounts, spans of time, and the bar itself as one line. Pure.

/** `1234` as `1234`, or as `1.2 KiB` when the unit is bytes; other units follow the number. */
export function amountText(amount: number, unit: string | undefined): string {
  if (unit !== 'bytes') return unit === undefined ? String(amount) : `${amount} ${unit}`
  let size = amount
  for (const name of ['B', 'KiB', 'MiB']) {
    if (size < 1024) return name === 'B' ? `${size} B` : `${size.toFixed(1)} ${name}`
    size /= 1024
  }
  return `${size.toFixed(2)} GiB`
}

/** A span for a reader: `0.4s`, `12s`, `3m05s`, `2h07m`. */
export function spanText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}s`
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  return `${Math.floor(seconds / 3600)}h${two(Math.floor(seconds / 60) % 60)}m`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** What a drawn bar is made from. */
export interface Drawn {
  readonly value: number
  readonly total: number
  /** Columns to fill. */
  readonly maxWidth: number
}

/** One line, less than the width so that the terminal never wraps it. */
export function barText(drawn: Drawn, payload: Readonly<Record<string, unknown>>, nowMs: number): string {
  const { label = '', unit } = (payload.task ?? {}) as { label?: string; unit?: string }
  const elapsedMs = nowMs - Number(payload.startedAt)
  const detail = payload.detail === '' ? '' : ` ${payload.detail}`
  if (!(drawn.total > 0))
    return fit(`${label} ${amountText(drawn.value, unit)} ${spanText(elapsedMs)}${detail}`, drawn.maxWidth)
  const share = Math.min(1, Math.max(0, drawn.value / drawn.total))
  const leftMs = share > 0 ? elapsedMs / share - elapsedMs : undefined
  const left = leftMs === undefined ? '' : ` ${spanText(leftMs)} left`
  const tail = ` ${String(Math.floor(100 * share)).padStart(3)}% ${amountText(drawn.value, unit)} of ${amountText(drawn.total, unit)}${left}${detail}`
  const cells = Math.min(30, drawn.maxWidth - label.length - tail.length - 4)
  if (cells < 5) return fit(label + tail, drawn.maxWidth)
  const full = Math.floor(cells * share)
  return fit(`${label} [${'='.repeat(full)}${' '.repeat(cells - full)}]${tail}`, drawn.maxWidth)
}

function fit(text: string, width: number): string {
  return text.slice(0, Math.max(0, width - 1))
}
