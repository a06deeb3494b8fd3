// One job of a component at a time: its steps as they come, how it ended, and the ways to end it.

import { useCallback, useEffect, useRef, useState } from 'react'
import type { Step } from '../verify/stepLog.ts'
import type { WorkClient } from './client.ts'
import type { Cost, JobName, Jobs } from './messages.ts'

export interface JobView<Result> {
  readonly state: 'idle' | 'running' | 'done' | 'failed' | 'cancelled'
  readonly steps: readonly Step[]
  /** Waits for a yes before so much is done. */
  readonly cost: (Cost & { readonly agree: () => void }) | null
  readonly result: Result | undefined
  readonly error: unknown
}

export interface JobControl<Name extends JobName> extends JobView<Jobs[Name]['result']> {
  readonly start: (of: Jobs[Name]['of']) => void
  readonly cancel: () => void
}

const IDLE = { state: 'idle', steps: [], cost: null, result: undefined, error: undefined } as const

export function useJob<Name extends JobName>(client: WorkClient, name: Name): JobControl<Name> {
  type View = JobView<Jobs[Name]['result']>
  const [view, setView] = useState<View>(IDLE)
  const running = useRef<{ readonly cancel: () => void } | undefined>(undefined)
  const start = useCallback(
    (of: Jobs[Name]['of']) => {
      running.current?.cancel()
      setView({ ...IDLE, state: 'running' })
      // What an earlier job still tells is no longer of interest.
      const change = (next: Partial<View>): void => {
        if (running.current === job) setView((before) => ({ ...before, ...next }))
      }
      const job = client.start(name, of, {
        onSteps: (steps) => change({ steps }),
        onCost: (cost, agree) => {
          const agreed = (): void => {
            change({ cost: null })
            agree()
          }
          change({ cost: { ...cost, agree: agreed } })
        },
      })
      running.current = job
      job.done.then(
        (result) => change({ state: 'done', result, cost: null }),
        (error: unknown) => change({ state: 'failed', error, cost: null }),
      )
    },
    [client, name],
  )
  const cancel = useCallback(() => {
    running.current?.cancel()
    running.current = undefined
    setView((before) => ({ ...before, state: 'cancelled', cost: null }))
  }, [])
  useEffect(() => () => running.current?.cancel(), [])
  return { ...view, start, cancel }
}
