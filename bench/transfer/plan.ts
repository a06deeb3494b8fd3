// What one run of the benchmark plays, and how much slower than real: so slow that two cores can do the work of twenty machines.

import { BUCKET, HOSTILE, type Scenario, SWARM, withSeed } from './scenario.ts'

export interface Step {
  readonly scenario: Scenario
  readonly parameters: number
  /** Whether contributions come from the codec; else noise of the size that they would have: larger updates do not fit the memory. */
  readonly real: boolean
  /** Rates divided by, delays multiplied by. */
  readonly dilation: number
}

/** 1 GB in 16-bit numbers; a contribution has 9.2 MB. */
export const GIGABYTE_MODEL = 0.5e9
/** By what all receive in a second: 20 x 110 Mb/s from peers, twice that with a seed, and more from a bucket, for a shorter time. */
const DILATION = { swarm: 12, seed: 24, bucket: 24 } as const
/** Two nodes alone need less patience. */
export const LINK_DILATION = 4

const SHORT: readonly Step[] = [
  { scenario: BUCKET, parameters: GIGABYTE_MODEL, real: true, dilation: DILATION.bucket },
  { scenario: SWARM, parameters: GIGABYTE_MODEL, real: true, dilation: DILATION.swarm },
  { scenario: withSeed(2_500), parameters: GIGABYTE_MODEL, real: true, dilation: DILATION.seed },
  { scenario: HOSTILE, parameters: GIGABYTE_MODEL, real: true, dilation: DILATION.swarm },
]

/** The largest has blobs of 74 MB: twenty nodes keep 30 GB then. */
const LONG: readonly Step[] = [
  ...SHORT,
  { scenario: withSeed(1_000), parameters: GIGABYTE_MODEL, real: true, dilation: DILATION.swarm },
  { scenario: BUCKET, parameters: 1e9, real: true, dilation: DILATION.bucket },
  { scenario: SWARM, parameters: 1e9, real: true, dilation: DILATION.swarm },
  { scenario: withSeed(2_500), parameters: 1e9, real: true, dilation: DILATION.seed },
  { scenario: BUCKET, parameters: 4e9, real: false, dilation: DILATION.bucket },
  { scenario: SWARM, parameters: 4e9, real: false, dilation: DILATION.swarm },
]

/** @param stretch factor on top, for a machine that is slow or busy. */
export function stepsOf(full: boolean, stretch: number): Step[] {
  return (full ? LONG : SHORT).map((step) => ({ ...step, dilation: step.dilation * stretch }))
}
