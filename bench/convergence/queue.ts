// Runs settings in worker threads, each setting once, results kept as they come. A stop loses only the runs under way.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Cache } from './cache.ts'
import { type Setting, settingId } from './setting.ts'
import type { RunResult } from './simulate.ts'

export interface QueueOptions {
  readonly cache: Cache
  readonly text: Uint8Array
  /** Runs at the same time. */
  readonly workers: number
  readonly signal: AbortSignal
  readonly onProgress: (progress: QueueProgress) => void
}

export interface QueueProgress {
  readonly done: number
  readonly total: number
  /** The run that has just ended. */
  readonly setting: Setting
  readonly result: RunResult
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly text: Uint8Array
}

/** What a worker answers to a setting. */
export type Answer = { readonly result: RunResult } | { readonly failure: string }

/** The result of each setting, by its id. Settings that are equal run once; those that the cache has do not run. */
export async function runAll(settings: readonly Setting[], options: QueueOptions): Promise<Map<string, RunResult>> {
  const { cache, signal, onProgress } = options
  const results = new Map<string, RunResult>()
  const waiting = new Map(settings.map((setting) => [settingId(setting), setting]))
  for (const [id, setting] of waiting) {
    const known = await cache.get(setting)
    if (known === undefined) continue
    results.set(id, known)
    waiting.delete(id)
  }
  const total = results.size + waiting.size
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { text: options.text } satisfies WorkerStart,
    })
    try {
      for (;;) {
        const [next] = waiting
        if (next === undefined) return
        const [id, setting] = next
        waiting.delete(id)
        const result = await answerOf(worker, setting, signal)
        await cache.put(setting, result)
        results.set(id, result)
        onProgress({ done: results.size, total, setting, result })
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.workers, waiting.size) }, work))
  return results
}

/** `once` rejects when the worker fails, and when `signal` is set. */
async function answerOf(worker: Worker, setting: Setting, signal: AbortSignal): Promise<RunResult> {
  signal.throwIfAborted()
  const answered = once(worker, 'message', { signal })
  worker.postMessage(setting)
  const [answer] = (await answered) as [Answer]
  if ('failure' in answer) throw new Error(answer.failure)
  return answer.result
}
