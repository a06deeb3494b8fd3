// One log entry as a line for a person at a terminal. Reads the JSON line the logger made, whose strings are printable already;
// nothing here may put back a character that printable.ts took out.

import { printable } from './printable.ts'

const COLOURS: Readonly<Record<string, string>> = {
  trace: '90',
  debug: '36',
  info: '32',
  warn: '33',
  error: '31',
  fatal: '35',
}

/** `12:04:05.123 WARN  trainer: message  key=value ...`; times are UTC. */
export function humanLine(json: string, colours: boolean): string {
  const entry: Record<string, unknown> = JSON.parse(json)
  const level = String(entry.level)
  const paint = (code: string, text: string) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text)
  const service = entry.service === undefined ? '' : `${entry.service}: `
  const time = String(entry.time).slice(11, 23)
  const head = `${time} ${paint(COLOURS[level] ?? '0', level.toUpperCase().padEnd(5))} ${service}${entry.msg}`
  const pairs = [...errorPairs(entry.error), ...Object.entries(entry.context ?? {})]
  return pairs.length === 0 ? head : `${head}  ${paint('90', pairs.map(pairText).join(' '))}`
}

// The code and the hint are what an operator looks for: they come first and unnested.
function errorPairs(error: unknown): [string, unknown][] {
  if (typeof error !== 'object' || error === null) return []
  const { code, message, hint, context, ...rest } = error as Record<string, unknown>
  const shown: [string, unknown][] = [
    ['code', code],
    ['error', message],
    ['hint', hint],
  ]
  const more = Object.entries({ ...(typeof context === 'object' ? context : {}), ...rest })
  return [...shown, ...more].filter(([, value]) => value !== undefined)
}

function pairText([key, value]: [string, unknown]): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `${printable(key, 64)}=${/^[^\s"=]+$/.test(text) || typeof value === 'object' ? text : JSON.stringify(text)}`
}
