// The optimiser's memory of one miner, and its bytes on disk. Encoding and decoding only: writing files safely is the business
// of the miner's journal.
//
//   offset  0  magic "TSOS"        4 bytes
//           4  version             uint32 = 1        all numbers little-endian
//           8  parameters          uint32
//          12  step                uint32            steps made so far
//          16  m                   float32 each      mean of gradients, manifest order
//           …  v                   float32 each      mean of squared gradients, never negative
//
// A file has exactly 16 + 8 * parameters bytes.

import { TesseraError } from '@tessera/protocol/errors'
import { bytesOf } from './graph/dtype.ts'

const MAGIC = 0x534f5354 // "TSOS", little-endian
const VERSION = 1
const HEADER_BYTES = 16

export interface OptimizerState {
  /** Steps made over the whole life of the moments, for their bias correction. */
  readonly step: number
  readonly m: Float32Array
  readonly v: Float32Array
}

/** The state before the first step. */
export function freshOptimizerState(parameterCount: number): OptimizerState {
  return { step: 0, m: new Float32Array(parameterCount), v: new Float32Array(parameterCount) }
}

/** Throws `training/bad-optimizer-state` when the moments differ in length or the step does not fit its field. */
export function encodeOptimizerState(state: OptimizerState): Uint8Array {
  if (state.m.length !== state.v.length || state.step !== state.step >>> 0)
    throw bad('parameters', { step: state.step, m: state.m.length, v: state.v.length })
  const bytes = new Uint8Array(HEADER_BYTES + 4 * (state.m.length + state.v.length))
  const header = new DataView(bytes.buffer)
  header.setUint32(0, MAGIC, true)
  header.setUint32(4, VERSION, true)
  header.setUint32(8, state.m.length, true)
  header.setUint32(12, state.step, true)
  bytes.set(bytesOf(state.m), HEADER_BYTES)
  bytes.set(bytesOf(state.v), HEADER_BYTES + 4 * state.m.length)
  return bytes
}

/**
 * The state in `bytes`, which must be of a model with `parameterCount` parameters. Throws `training/bad-optimizer-state` with
 * the reason in its context: `magic`, `version`, `parameters`, `length` or `values`.
 */
export function decodeOptimizerState(bytes: Uint8Array, parameterCount: number): OptimizerState {
  if (bytes.length < HEADER_BYTES) throw bad('length', { bytes: bytes.length })
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES)
  const [magic, version, count, step] = [0, 4, 8, 12].map((offset) => header.getUint32(offset, true))
  if (magic !== MAGIC) throw bad('magic', { magic })
  if (version !== VERSION) throw bad('version', { version })
  if (count !== parameterCount || step === undefined) throw bad('parameters', { count, expected: parameterCount })
  const middle = HEADER_BYTES + 4 * parameterCount
  if (bytes.length !== middle + 4 * parameterCount) throw bad('length', { bytes: bytes.length })
  // Copies, because floats need an aligned start that `bytes` may not have.
  const m = new Float32Array(bytes.slice(HEADER_BYTES, middle).buffer)
  const v = new Float32Array(bytes.slice(middle).buffer)
  if (!m.every(Number.isFinite) || !v.every((value) => Number.isFinite(value) && value >= 0)) throw bad('values', {})
  return { step, m, v }
}

function bad(reason: string, context: Readonly<Record<string, unknown>>): TesseraError {
  return new TesseraError('training/bad-optimizer-state', `the optimiser state is damaged or foreign (${reason})`, {
    context: { reason, ...context },
    hint: 'Delete the file: the optimiser then starts afresh, which costs a few rounds of slower progress.',
  })
}
