// Numbers with their units, in the precision that they have.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

/** `12,345`. */
export function countText(value: number): string {
  return whole.format(value)
}

/** `1.23M`, for what is large and not exact. */
export function compactText(value: number): string {
  return Math.abs(value) < 10_000 ? whole.format(value) : compact.format(value)
}

/** `8.7 kB`; decimal units, as links are sold. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  let value = bytes
  let at = 0
  while (value >= 999.5 && at < units.length - 1) {
    value /= 1000
    at++
  }
  return `${at === 0 ? whole.format(value) : value.toPrecision(3)} ${units[at] ?? ''}`
}

/** `1.7203`: four digits are what two machines agree on. */
export function lossText(loss: number): string {
  return loss.toFixed(4)
}

/** Of parts in 1/10 000: `12.5 %`. */
export function bpsText(bps: number): string {
  return `${(bps / 100).toLocaleString('en', { maximumFractionDigits: 2 })} %`
}

export function percentText(part: number, digits = 1): string {
  return `${(100 * part).toLocaleString('en', { maximumFractionDigits: digits })} %`
}

/** `4 min 5 s`, the two largest units. */
export function durationText(seconds: number): string {
  const units: readonly (readonly [number, string])[] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ]
  let rest = Math.max(0, Math.round(seconds))
  const parts: string[] = []
  for (const [size, name] of units) {
    const times = Math.floor(rest / size)
    if (times === 0 && parts.length === 0 && size !== 1) continue
    parts.push(`${times} ${name}`)
    rest -= times * size
    if (parts.length === 2) break
  }
  return parts.filter((part, at) => at === 0 || !part.startsWith('0 ')).join(' ')
}

/** `2026-11-28 21:40:05 UTC`. */
export function timeText(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** `0x1234…cdef`, of an address or a hash. */
export function shortHex(hex: string, ends = 4): string {
  return hex.length <= 2 * ends + 4 ? hex : `${hex.slice(0, 2 + ends)}…${hex.slice(-ends)}`
}
