// What a benchmark is: a function from a context to results, each a number of ours, the number of a named peer measured in the same
// run, and the target that was set for it. bench/NAME/bench.ts exports `run`; main.ts calls it. Measures nothing itself.

import type { Resolved } from '@tessera/agent/optionTable'
import type { benchOptions } from './options.ts'

/** What main.ts gives to a benchmark. */
export interface BenchContext {
  /** Absolute path of the repository. */
  readonly root: string
  /** Absolute path of a folder of this benchmark's own under .tessera/, which exists: downloads, caches, partial results. */
  readonly cacheFolder: string
  /** Aborted when the user stops the run. */
  readonly signal: AbortSignal
  /** Progress: one line, at once. Results are printed by main.ts. */
  readonly log: (line: string) => void
  /** The long form, where a benchmark has one. */
  readonly full: boolean
  /** Take up what an earlier, stopped run left in `cacheFolder`. */
  readonly resume: boolean
  /** All options as given. */
  readonly args: BenchArguments
}

export type BenchArguments = Resolved<typeof benchOptions>

/** Exported by bench/NAME/bench.ts as `run`. */
export type RunBench = (context: BenchContext) => Promise<readonly BenchResult[]>

/** What must hold, in a form that people and programs read: `ratio >= 1`, `value <= 0.15`. */
export type Target = `${'value' | 'ratio'} ${'>=' | '<='} ${number}`

export interface BenchResult {
  /** What was measured and on what, e.g. `train step, 10.2 M parameters`. */
  readonly metric: string
  readonly value: number
  /** e.g. `tokens/s`; empty for a pure number. */
  readonly unit: string
  /** Whom it is compared with, e.g. `PyTorch 2.15.0, eager`; null where there is nobody to compare with. */
  readonly peer: string | null
  /** The same measure of the peer; null where it could not be measured here. */
  readonly peerValue: number | null
  /** value / peerValue. */
  readonly ratio: number | null
  readonly target: Target | null
  /** Whether the target is met; null where there is none or nothing to judge it by. */
  readonly ok: boolean | null
}

/** The measured part of a result. */
export interface Measured {
  readonly metric: string
  readonly value: number
  readonly unit: string
  readonly peer?: string | null
  readonly peerValue?: number | null
  readonly target?: Target
}

/** The result of a measurement: works out the ratio, and whether the target is met. */
export function benchResult(measured: Measured): BenchResult {
  const { metric, value, unit, peer = null, peerValue = null, target = null } = measured
  const ratio = peerValue === null ? null : value / peerValue
  return { metric, value, unit, peer, peerValue, ratio, target, ok: meets({ value, ratio }, target) }
}

function meets(numbers: { readonly value: number; readonly ratio: number | null }, target: Target | null) {
  if (target === null) return null
  const [of, comparison, limit] = target.split(' ') as ['value' | 'ratio', '>=' | '<=', string]
  const number = numbers[of]
  if (number === null) return null
  // Never true of NaN: a measurement that failed meets no target.
  return comparison === '>=' ? number >= Number(limit) : number <= Number(limit)
}
