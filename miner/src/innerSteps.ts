// The inner steps of a round. Where rounds overlap they begin before the round before is decided; when the state that it came to is
// there, training goes on from it, moved by the steps that were done. What is sent is how far the steps have moved, from wherever.

import type { OptimizerState } from '@tessera/training/optimizerState'
import type { TrainRequest, TrainResult } from '@tessera/training/trainer'

/** The state that the round before came to. */
export interface NewerState {
  /** Aborted when it is there. */
  readonly signal: AbortSignal
  /** Once it is there; as floats, not to be written to. */
  readonly parameters: () => Float32Array
}

export interface InnerStepsRequest extends Omit<TrainRequest, 'onProgress' | 'learningRates'> {
  readonly learningRates: Float32Array
  readonly enough: AbortSignal
  /** Absent: training begins on it. */
  readonly newer?: NewerState | undefined
  readonly onStep: (done: number, loss: number | undefined) => void
}

export interface InnerSteps {
  /** What the update is counted from: origin less parameters is what the steps have moved. */
  readonly origin: Float32Array
  readonly parameters: Float32Array
  readonly optimizer: OptimizerState
  /** Of the last step, nats per token; undefined if none was done. */
  readonly loss: number | undefined
  readonly steps: number
  /** Of these, those done before the newer state was there. */
  readonly ahead: number
}

/** Errors: those of the program. */
export async function makeInnerSteps(
  train: (request: TrainRequest) => Promise<TrainResult>,
  request: InnerStepsRequest,
): Promise<InnerSteps> {
  const { batches, learningRates, enough, newer, onStep, ...rest } = request
  const all = learningRates.length
  const tokens = batches.length / all
  let awaited = newer
  let origin = request.parameters
  let { parameters, optimizer } = request
  let loss: number | undefined
  let [steps, ahead] = [0, 0]
  for (;;) {
    const before = steps
    const result = await train({
      ...rest,
      parameters,
      optimizer,
      batches: batches.subarray(before * tokens),
      learningRates: learningRates.subarray(before),
      enough: awaited === undefined ? enough : AbortSignal.any([enough, awaited.signal]),
      onProgress: ({ stepsDone, losses }) => onStep(before + stepsDone, losses.at(-1)),
    })
    parameters = result.parameters
    optimizer = result.optimizer
    steps += result.steps
    loss = result.losses.at(-1) ?? loss
    if (awaited !== undefined) ahead = steps
    if (steps === all || enough.aborted || awaited === undefined) break
    const latest = awaited.parameters()
    parameters = moved(parameters, origin, latest)
    origin = latest
    awaited = undefined
  }
  return { origin, parameters, optimizer, loss, steps, ahead }
}

/** These parameters as they would be had the way to them begun at another place. */
function moved(parameters: Float32Array, from: Float32Array, to: Float32Array): Float32Array {
  return parameters.map((value, i) => value + ((to[i] as number) - (from[i] as number)))
}
