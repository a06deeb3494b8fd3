// The inner learning rate by step. Part of the manifest, so that all miners of a run follow one schedule.

export interface LearningRateSchedule {
  /** flat: the peak after the warm-up; cosine: from the peak down to the floor at `totalSteps`. */
  readonly kind: 'flat' | 'cosine'
  readonly peak: number
  /** Where cosine ends and stays; not used by flat. */
  readonly floor: number
  /** Steps of the linear warm-up: step i of them has (i + 1) / warmupSteps of the peak. */
  readonly warmupSteps: number
  readonly totalSteps: number
}

/** @param step inner steps of the run before this one: (round - 1) H + i, i from 0. */
export function learningRateAt(schedule: LearningRateSchedule, step: number): number {
  const { kind, peak, floor, warmupSteps, totalSteps } = schedule
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps
  if (kind === 'flat') return peak
  const span = totalSteps - warmupSteps
  const done = span <= 0 ? 1 : Math.min(1, (step - warmupSteps) / span)
  return floor + ((peak - floor) * (1 + Math.cos(Math.PI * done))) / 2
}
