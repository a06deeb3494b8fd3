// Compressed updates against the compressor of the reference system (peer.py) on the same cores and the same pseudo-gradients: speed
// of encoding and of decoding with aggregation, bits per parameter, distance from the entropy, error of the quantisation.

import { join } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'
import { type BenchContext, type BenchResult, benchResult, type Target } from '../bench.ts'
import { takeTurns } from '../measure.ts'
import { findPython } from '../python/environment.ts'
import { PythonPeer } from '../python/peer.ts'
import { entropyBounds } from './entropy.ts'
import { type PseudoGradients, pseudoGradients, tiled, tiledUpdate } from './gradients.ts'
import { CODEC, OurCodec } from './ours.ts'

/** How many times the rows of each tensor are repeated: 30 M and 120 M parameters. */
const TILES = { short: 16, full: 64 } as const
const ROUNDS = { short: 5, full: 9 } as const
const PEER = 'reference compressor'
/** Float32 rounding of sums and differences; a codec that loses something is off by thousands of times this. */
const MOST_DRIFT = 1e-4

export async function run(context: BenchContext): Promise<BenchResult[]> {
  const { args, full, log, root, signal } = context
  const gradients = await pseudoGradients(context)
  const python = await findPython(context)
  const script = join(root, 'bench', 'codec', 'peer.py')
  const peer =
    python === undefined ? undefined : new PythonPeer({ root, python, script, threads: args.threads, signal })
  const times = full ? TILES.full : TILES.short
  const codec = new OurCodec(tiled(gradients.shapes, times), args.threads)
  try {
    const ours = await ourSide(codec, gradients, times, signal)
    const size = `${(codec.layout.parameters / 1e6).toFixed(1)} M parameters`
    log(`${size}, ${ours.blobs.length} contributions of ${ours.blobs[0]?.length} bytes`)
    const reference = peer === undefined ? undefined : await openReference(peer, gradients, times)
    return [...(await speed(ours, reference, context, size)), ...(await quality(gradients, ours, reference))]
  } finally {
    await peer?.close()
    await codec.close()
  }
}

interface OurSide {
  readonly codec: OurCodec
  readonly update: Float32Array
  readonly blobs: readonly Uint8Array[]
}

async function ourSide(
  codec: OurCodec,
  { shapes, updates }: PseudoGradients,
  times: number,
  signal: AbortSignal,
): Promise<OurSide> {
  const blobs: Uint8Array[] = []
  for (const update of updates) {
    signal.throwIfAborted()
    codec.clearFeedback()
    blobs.push(await codec.encode(tiledUpdate(update, shapes, times)))
  }
  codec.clearFeedback()
  return { codec, update: tiledUpdate(updates[0] as Float32Array, shapes, times), blobs }
}

/** The reference compressor, with its messages made. */
interface Reference {
  readonly name: string
  readonly bits: number
  readonly error: number
  readonly encode: () => Promise<number>
  readonly encodeLean: () => Promise<number>
  readonly aggregate: () => Promise<number>
}

async function openReference(
  peer: PythonPeer,
  { path, shapes, updates }: PseudoGradients,
  times: number,
): Promise<Reference> {
  const source = { shapes, file: path, count: updates.length }
  const { error, drift } = await peer.call<{ error: number; drift: number }>('measure', source)
  requireSame(drift)
  const { torch, bits } = await peer.call<{ torch: string; bits: number }>('open', { ...source, times })
  const timed = (name: string, values?: Record<string, unknown>) => async () =>
    (await peer.call<{ seconds: number }>(name, values)).seconds
  const name = `${PEER}, PyTorch ${torch}`
  return {
    name,
    bits,
    error,
    encode: timed('encode', { lean: false }),
    encodeLean: timed('encode', { lean: true }),
    aggregate: timed('aggregate'),
  }
}

/**
 * @param drift largest difference between what the reference compressor decodes and what it sent, as a share of the largest entry.
 * @throws `bench/peer-wrong`
 */
export function requireSame(drift: number): void {
  if (drift <= MOST_DRIFT) return
  throw new TesseraError('bench/peer-wrong', 'the reference compressor decodes something else than it sent', {
    hint: 'Its speed means nothing then; correct bench/codec/peer.py',
    context: { drift },
  })
}

async function speed(
  { blobs, codec, update }: OurSide,
  reference: Reference | undefined,
  { full, signal }: BenchContext,
  size: string,
): Promise<BenchResult[]> {
  const { parameters } = codec.layout
  const rates = (sides: readonly (() => Promise<number>)[]) => {
    const turns = sides.map((side) => async () => parameters / (await side()))
    return takeTurns(turns, full ? ROUNDS.full : ROUNDS.short, signal)
  }
  const result = (metric: string, value: number, peerValue: number | undefined, target?: Target) => {
    const measured = {
      metric,
      value,
      unit: 'parameters/s',
      peer: reference?.name ?? PEER,
      peerValue: peerValue ?? null,
    }
    return benchResult(target === undefined ? measured : { ...measured, target })
  }
  const encodings = reference === undefined ? [] : [reference.encode, reference.encodeLean]
  const [encode = Number.NaN, theirs, lean] = await rates([() => secondsOf(() => codec.encode(update)), ...encodings])
  const aggregations = reference === undefined ? [] : [reference.aggregate]
  const [decode = Number.NaN, theirDecode] = await rates([
    () => secondsOf(() => codec.aggregate(blobs)),
    ...aggregations,
  ])
  return [
    result(`encode, ${size}`, encode, theirs, 'ratio >= 5'),
    ...(lean === undefined ? [] : [result('the same, peer without a dense copy', encode, lean)]),
    result(`decode and aggregate ${blobs.length}, ${size}`, decode, theirDecode, 'ratio >= 5'),
  ]
}

async function quality(
  { shapes, updates }: PseudoGradients,
  { blobs, codec }: OurSide,
  reference: Reference | undefined,
): Promise<BenchResult[]> {
  const peer = reference?.name ?? PEER
  const bytes = blobs.reduce((sum, blob) => sum + blob.length, 0) / blobs.length
  const bounds = entropyBounds(codec.layout, CODEC.k)
  const update = updates[0] as Float32Array
  const small = new OurCodec(shapes, 1)
  const error = small.quantisationError(await small.encode(update), update)
  await small.close()
  return [
    benchResult({
      metric: 'size of a contribution',
      value: (8 * bytes) / codec.layout.parameters,
      unit: 'bits/parameter',
      peer,
      peerValue: reference?.bits ?? null,
      target: 'value <= 0.15',
    }),
    benchResult({
      metric: 'share of the entropy of what it says',
      value: bounds.format / (8 * bytes),
      unit: '',
      target: 'value >= 0.97',
    }),
    benchResult({ metric: 'places and two bits a value, by its size', value: bounds.simple / (8 * bytes), unit: '' }),
    benchResult({
      metric: 'relative error of the kept values',
      value: error,
      unit: '',
      peer,
      peerValue: reference?.error ?? null,
      target: 'ratio <= 1',
    }),
  ]
}

async function secondsOf(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}
