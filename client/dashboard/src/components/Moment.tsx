// A moment: how long ago, the exact time in its title. Kept right by one timer for all of them.

import { type ReactNode, useSyncExternalStore } from 'react'
import { durationText, timeText } from '../format/numbers.ts'

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    for (const each of listeners) each()
  }, 1_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** Unix seconds by this machine's clock, anew each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / 1_000))
}

export function Moment({ at }: { readonly at: number }): ReactNode {
  const now = useNow()
  const ago = now - at
  const text = Math.abs(ago) < 2 ? 'now' : ago > 0 ? `${durationText(ago)} ago` : `in ${durationText(-ago)}`
  return (
    <time dateTime={new Date(at * 1_000).toISOString()} title={timeText(at)} style={{ whiteSpace: 'nowrap' }}>
      {text}
    </time>
  )
}

/** How long until a deadline; says when it has passed. */
export function Countdown({ until }: { readonly until: number }): ReactNode {
  const left = until - useNow()
  return <span role="timer">{left > 0 ? durationText(left) : 'due'}</span>
}
