// Whether a device computes in float16, found out by trying: a WebGPU adapter may lack the feature, and the runtime says so only
// when a program that needs it runs.

import { TesseraError } from '@tessera/protocol/errors'
import { encodeGraph } from './graph/encode.ts'
import { Graph } from './graph/graph.ts'
import { cast } from './ops/cast.ts'
import { matmul } from './ops/matrix.ts'
import { type DeviceOptions, floatOutput, Session } from './session.ts'

const PROBE = Float32Array.of(1, 3, 5, 7)
/** [1, 3; 5, 7] times itself. Exact in float16; a device may compute more precisely than it is asked to, as the CPU does. */
const PRODUCT = [16, 24, 40, 64]

/** Throws `training/no-float16` when a product in float16 fails on the device or is wrong. `run` is what runs the program. */
export async function requireFloat16(options: DeviceOptions, run = runProbe): Promise<void> {
  const { device = 'cpu' } = options
  let product: Float32Array
  try {
    product = await run(probeProgram(), options)
  } catch (cause) {
    throw noFloat16(device, 'fails to compute in float16', cause)
  }
  if (PRODUCT.some((expected, at) => product[at] !== expected))
    throw noFloat16(device, 'computes wrongly in float16', { product: [...product] })
}

function probeProgram(): Uint8Array {
  const graph = new Graph('float16')
  const half = cast(graph, graph.input('x', 'float32', [2, 2]), 'float16')
  graph.output('y', cast(graph, matmul(graph, half, half), 'float32'))
  return encodeGraph(graph)
}

async function runProbe(program: Uint8Array, options: DeviceOptions): Promise<Float32Array> {
  const session = await Session.create(program, options)
  try {
    return floatOutput(await session.run({ x: { data: PROBE, shape: [2, 2] } }), 'y')
  } finally {
    await session.dispose()
  }
}

function noFloat16(device: string, what: string, cause: unknown): TesseraError {
  return new TesseraError('training/no-float16', `the device ${device} ${what}`, {
    context: { device },
    cause,
    hint: 'Train on another device, or join a run whose manifest says float32.',
  })
}
