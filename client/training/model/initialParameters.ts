// The parameters a run starts from, as a pure function of configuration and seed: anyone can derive the genesis state again.

import { elementCount } from '../graph/shape.ts'
import { Random } from '../random.ts'
import { type ModelConfig, requireTrainable } from './config.ts'
import { parameterCount, parameterSpecs } from './parameterSpecs.ts'

/** Standard deviation of fresh weights (GPT-2, LLaMA). */
const DEVIATION = 0.02

/**
 * All parameters as one vector in manifest order (`splitTensors` gives the views per tensor): norms 1, matrices normal with
 * deviation 0.02, and those that write into the residual stream divided by sqrt(2 * layers), so that its size does not grow with
 * depth (Radford et al. 2019). The same on every machine: integer draws, then IEEE multiplication, division and square root.
 * Throws `training/bad-config` for a model that the shared state cannot hold.
 */
export function initialParameters(config: ModelConfig, seed: number): Float32Array {
  requireTrainable(config)
  const specs = parameterSpecs(config)
  const flat = new Float32Array(parameterCount(specs))
  const residualDeviation = DEVIATION / Math.sqrt(2 * config.layers)
  let offset = 0
  specs.forEach((spec, index) => {
    const end = offset + elementCount(spec.shape)
    const residual = spec.name.endsWith('.o_proj.weight') || spec.name.endsWith('.down_proj.weight')
    const deviation = residual ? residualDeviation : DEVIATION
    // One stream per tensor, so a tensor's values do not depend on the sizes of those before it.
    const random = new Random(seed, index)
    if (spec.shape.length === 1) flat.fill(1, offset, end)
    else for (; offset < end; offset++) flat[offset] = random.normal() * deviation
    offset = end
  })
  return flat
}
