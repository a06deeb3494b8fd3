// A text that a worker's model is writing, piece by piece.

import { useCallback, useEffect, useRef, useState } from 'react'
import type { WorkClient } from '../work/client.ts'
import type { WriteRequest } from '../work/messages.ts'

interface Written {
  readonly busy: boolean
  /** What it goes on from; empty before the first time. */
  readonly prompt: string
  readonly text: string
  /** Tokens that made text visible. */
  readonly pieces: number
  readonly seconds: number
  readonly error: unknown
}

export interface Writing extends Written {
  readonly write: (request: WriteRequest) => void
  readonly stop: () => void
}

const NOTHING: Written = { busy: false, prompt: '', text: '', pieces: 0, seconds: 0, error: undefined }

export function useWriting(work: WorkClient): Writing {
  const [written, setWritten] = useState(NOTHING)
  const running = useRef<{ readonly cancel: () => void } | undefined>(undefined)
  const write = useCallback(
    ({ prompt, seed, temperature, topK, maxTokens }: WriteRequest) => {
      running.current?.cancel()
      const begun = performance.now()
      setWritten({ ...NOTHING, busy: true, prompt })
      const change = (next: (before: Written) => Written): void => {
        if (running.current === job) setWritten(next)
      }
      const seconds = (): number => (performance.now() - begun) / 1_000
      const job = work.start(
        'write',
        { prompt, seed, temperature, topK, maxTokens },
        {
          onText: (piece) =>
            change((before) => ({
              ...before,
              text: before.text + piece,
              pieces: before.pieces + 1,
              seconds: seconds(),
            })),
        },
      )
      running.current = job
      job.done.then(
        ({ text }) => change((before) => ({ ...before, busy: false, text, seconds: seconds() })),
        (error: unknown) => change((before) => ({ ...before, busy: false, error })),
      )
    },
    [work],
  )
  const stop = useCallback(() => {
    running.current?.cancel()
    running.current = undefined
    setWritten((before) => ({ ...before, busy: false }))
  }, [])
  useEffect(() => () => running.current?.cancel(), [])
  return { ...written, write, stop }
}
