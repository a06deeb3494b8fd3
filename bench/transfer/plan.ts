// What one run of the benchmark plays, and how much slower than real: so slow that two cores can do the work of twenty machines.

import { BUCKET, HOSTILE, type Scenario, SWARM, withSeed } from './scenario.ts'

export interface Step {
  readonly scenario: Scenario
  readonly parameters: number
  /** Whether contributions come from the codec; else noise of the size that they would have, as large states do not fit here. */
  readonly real: boolean
  /** Rates divided by, delays multiplied by. */
  readonly dilation: number
}

const BILLION = 1e9
/** Kept by what everybody together receives in a second: 20 x 110 Mb/s of peers, 20 x 500 Mb/s out of a bucket. */
const DILATION = { swarm: 6, seed: 12, bucket: 20 } as const

/** About ten minutes. */
const SHORT: readonly Step[] = [
  { scenario: BUCKET, parameters: BILLION, real: true, dilation: DILATION.bucket },
  { scenario: SWARM, parameters: BILLION, real: true, dilation: DILATION.swarm },
  { scenario: withSeed(2_500), parameters: BILLION, real: true, dilation: DILATION.seed },
  { scenario: HOSTILE, parameters: BILLION, real: true, dilation: DILATION.swarm },
]

/** An hour, and 40 GB of disk while it lasts. */
const LONG: readonly Step[] = [
  ...SHORT,
  { scenario: SWARM, parameters: BILLION / 4, real: true, dilation: DILATION.swarm },
  { scenario: withSeed(1_000), parameters: BILLION, real: true, dilation: DILATION.swarm },
  { scenario: withSeed(10_000), parameters: BILLION, real: true, dilation: DILATION.bucket },
  { scenario: BUCKET, parameters: 4 * BILLION, real: false, dilation: DILATION.bucket },
  { scenario: SWARM, parameters: 4 * BILLION, real: false, dilation: DILATION.swarm },
  { scenario: withSeed(2_500), parameters: 4 * BILLION, real: false, dilation: DILATION.seed },
]

/** @param stretch factor on top, for a machine that is slow or busy. */
export function stepsOf(full: boolean, stretch: number): Step[] {
  return (full ? LONG : SHORT).map((step) => ({ ...step, dilation: step.dilation * stretch }))
}
