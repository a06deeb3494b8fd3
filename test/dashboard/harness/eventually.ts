// Waits until a value is as it should be, look by look, never for a time to pass. The limit only turns a page that stands still into
// a failure that says what was seen last.

import { setTimeout as delay } from 'node:timers/promises'

const LOOK_MS = 100
const LIMIT_MS = 30_000

export async function eventually<T>(
  what: string,
  look: () => Promise<T> | T,
  isRight: (value: T) => boolean,
  limitMs = LIMIT_MS,
): Promise<T> {
  const limit = AbortSignal.timeout(limitMs)
  for (;;) {
    const value = await look()
    if (isRight(value)) return value
    if (limit.aborted) throw new Error(`waited ${limitMs} ms for: ${what}; last seen: ${shown(value)}`)
    await delay(LOOK_MS)
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? `${part}` : part))
  return (text ?? String(value)).slice(0, 1_000)
}
