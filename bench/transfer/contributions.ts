// Twenty miners' contributions for a model of a given size, made by the real codec and kept on disk; and what a node does with them once
// they have arrived. The updates are noise: what is kept of one costs nearly the same whatever it says, and has to be incompressible.

import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import { CodecPool } from '@tessera/node/codecPool/pool'
import { nativeSha256 } from '@tessera/node/nativeSha256'
import { createLayout, type StateLayout } from '@tessera/protocol/layout'
import { stateTree } from '@tessera/protocol/state'
import { ZERO_ADDRESS, ZERO_HASH } from '@tessera/protocol/tags'
import { Random } from '@tessera/training/random'
import type { BenchContext } from '../bench.ts'

const CODEC = { chunkSize: 4096, k: 64 } as const
const HEADER = { run: 1n, miner: ZERO_ADDRESS, innerSteps: 1, samples: 1, baseRoot: ZERO_HASH } as const
const RULE = { clipQ8: 256, rateQ16: 98_304 } as const
/** The model's entries in tensors of this many: how they are cut hardly matters for the size. */
const TENSOR = 2 ** 24
const NOISE = 2 ** 22
const VERSION = 1

export interface Contributions {
  readonly layout: StateLayout
  /** One file a miner. */
  readonly paths: readonly string[]
  /** Mean size of one. */
  readonly bytes: number
}

export type Work = Pick<BenchContext, 'cacheFolder' | 'log' | 'signal'> & { readonly threads: number }

/** Those of `count` miners of a model of `parameters`; made at the first call, which needs 4 bytes of memory a parameter. */
export async function contributionsOf(parameters: number, count: number, work: Work): Promise<Contributions> {
  const layout = layoutOf(parameters)
  const folder = join(work.cacheFolder, `contributions-${VERSION}-${parameters}`)
  await mkdir(folder, { recursive: true })
  const paths = Array.from({ length: count }, (_, author) => join(folder, `${author}.blob`))
  const missing: number[] = []
  for (const [author, path] of paths.entries()) if ((await sizeOrZero(path)) === 0) missing.push(author)
  if (missing.length > 0) await encode(missing, paths, layout, work)
  let total = 0
  for (const path of paths) total += await sizeOrZero(path)
  return { layout, paths, bytes: total / count }
}

async function sizeOrZero(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0
}

function layoutOf(parameters: number): StateLayout {
  const whole = Array.from({ length: Math.floor(parameters / TENSOR) }, () => TENSOR)
  return createLayout(parameters % TENSOR === 0 ? whole : [...whole, parameters % TENSOR], CODEC.chunkSize)
}

async function encode(
  authors: readonly number[],
  paths: readonly string[],
  layout: StateLayout,
  { log, signal, threads }: Work,
): Promise<void> {
  log(`encoding ${authors.length} contributions to a model of ${layout.parameters / 1e9} B parameters, once`)
  const random = new Random(VERSION)
  const noise = Float32Array.from({ length: NOISE }, () => 1e-3 * random.normal())
  const update = new Float32Array(new SharedArrayBuffer(4 * layout.parameters))
  const pool = new CodecPool({ workers: threads })
  try {
    for (const author of authors) {
      fill(update, noise, new Random(VERSION, author + 1))
      const header = { ...HEADER, round: BigInt(author + 1) }
      const { contribution } = await pool.compress({ update, layout, codec: CODEC, header }, { signal })
      await writeFileAtomic(paths[author] as string, contribution.blob)
    }
  } finally {
    await pool.close()
  }
}

/** A piece of the noise a chunk, from a place of its own: fresh noise for a billion entries would take a minute. */
function fill(update: Float32Array, noise: Float32Array, random: Random): void {
  for (let at = 0; at < update.length; at += CODEC.chunkSize) {
    const length = Math.min(CODEC.chunkSize, update.length - at)
    const from = random.below(noise.length - length)
    update.set(noise.subarray(from, from + length), at)
  }
}

export interface NodeWork {
  readonly parameters: number
  readonly threads: number
  readonly encodeSeconds: number
  /** Checking all contributions and applying them. */
  readonly aggregateSeconds: number
  readonly rootSeconds: number
}

/** What miner and node have to compute beside the transfer, one after the other on an otherwise idle machine. */
export async function measureNodeWork({ layout, paths }: Contributions, { signal, threads }: Work): Promise<NodeWork> {
  const pool = new CodecPool({ workers: threads })
  const seconds = async (work: () => unknown): Promise<number> => {
    signal.throwIfAborted()
    const started = performance.now()
    await work()
    return (performance.now() - started) / 1000
  }
  try {
    const encodeSeconds = await timeEncoding(pool, layout, seconds)
    const blobs = await Promise.all(paths.map((path) => readFile(path)))
    const context = { layout, codec: CODEC }
    const state = new Int32Array(new SharedArrayBuffer(4 * layout.parameters))
    const into = new Int32Array(new SharedArrayBuffer(4 * layout.parameters))
    const aggregateSeconds = await seconds(async () => {
      const contributions = await Promise.all(blobs.map((blob) => pool.decode(blob, context)))
      await pool.aggregate({ state, contributions, layout, params: RULE, into })
    })
    const rootSeconds = await seconds(() => stateTree(into, layout, { sha256: nativeSha256 }))
    return { parameters: layout.parameters, threads, encodeSeconds, aggregateSeconds, rootSeconds }
  } finally {
    await pool.close()
  }
}

function timeEncoding(
  pool: CodecPool,
  layout: StateLayout,
  seconds: (work: () => unknown) => Promise<number>,
): Promise<number> {
  const random = new Random(VERSION)
  const noise = Float32Array.from({ length: NOISE }, () => 1e-3 * random.normal())
  const update = new Float32Array(new SharedArrayBuffer(4 * layout.parameters))
  fill(update, noise, random)
  return seconds(() => pool.compress({ update, layout, codec: CODEC, header: { ...HEADER, round: 1n } }))
}
