// Asks one device for a product of matrices and prints as a line of JSON what came of it: how fast it is, or why it is of no use.
// A program of its own (device.ts starts it), so that a driver that crashes, hangs or talks takes nothing but the probe with it.

import { encodeGraph } from './graph/encode.ts'
import { Graph } from './graph/graph.ts'
import { matmul } from './ops/matrix.ts'
import { Random } from './random.ts'
import { type Device, floatOutput, Session } from './session.ts'

/** Rows of the matrices: a size that even a device in software is through with soon, then one at which a fast device shows what it can. */
const SIZES = [256, 1024] as const
/** No larger size after a run that took this long, in seconds. */
const SLOW = 0.1
const PRODUCTS = 8
const RUNS = 3
/** Entries are of size 1. A device that computes in half precision would be ten times further off. */
const TOLERANCE = 1e-3

/** Multiplications and additions per second of the best of three runs; or what is wrong. */
export type ProbeReport = { readonly flops: number } | { readonly problem: string }

/** A chain of products, so that computing outweighs handing tensors in and out. */
function program(shape: readonly number[]): Uint8Array {
  const graph = new Graph('probe')
  const left = graph.input('left', 'float32', shape)
  const right = graph.input('right', 'float32', shape)
  let product = left
  for (let i = 1; i < PRODUCTS; i++) product = matmul(graph, product, right)
  graph.output('product', matmul(graph, product, right))
  return encodeGraph(graph)
}

/** A random Householder reflection: a chain of its products neither grows nor fades, and an even number of them is the identity. */
function reflection(random: Random, size: number): Float32Array {
  const normal = Float64Array.from({ length: size }, () => random.normal())
  const square = normal.reduce((sum, value) => sum + value * value, 0)
  return Float32Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size]
    const outer = (2 * (normal[row] as number) * (normal[column] as number)) / square
    return (row === column ? 1 : 0) - outer
  })
}

/** Seconds of the best run, the first one aside, which compiles; undefined if the product is wrong. */
async function time(device: Device, size: number): Promise<number | undefined> {
  const shape = [size, size]
  const random = new Random(1)
  const left = Float32Array.from({ length: size * size }, () => random.normal())
  const feeds = { left: { data: left, shape }, right: { data: reflection(random, size), shape } }
  const session = await Session.create(program(shape), { device })
  let seconds = Number.POSITIVE_INFINITY
  let product: Float32Array = left
  for (let run = 0; run <= RUNS && (run < 2 || seconds < SLOW); run++) {
    const start = performance.now()
    product = floatOutput(await session.run(feeds), 'product')
    if (run > 0) seconds = Math.min(seconds, (performance.now() - start) / 1000)
  }
  await session.dispose()
  return product.every((value, at) => Math.abs(value - (left[at] as number)) < TOLERANCE) ? seconds : undefined
}

async function probe(device: Device): Promise<ProbeReport> {
  let flops = 0
  for (const size of SIZES) {
    const seconds = await time(device, size)
    if (seconds === undefined) return { problem: 'it computes wrong products' }
    flops = (2 * size ** 3 * PRODUCTS) / seconds
    if (seconds > SLOW) break
  }
  return { flops }
}

const report = await probe(process.argv[2] as Device).catch((error: unknown) => ({
  problem: error instanceof Error ? error.message : String(error),
}))
process.stdout.write(`${JSON.stringify(report)}\n`)
