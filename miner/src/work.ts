// What a miner carries from round to round besides the shared state: the error feedback (what compression left behind) and
// the moments of its optimiser, in one file per round, so that both always belong together. Written before the journal
// names the contribution that they are the remainder of; a file without that record is an attempt that never counted.
//
// File: magic `TSRW`, u32 version, u32 parameter count, u32 length of the optimiser's part (all little-endian), the
// optimiser's part, float32 error feedback.

import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import { readFileLimited } from '@tessera/agent/limitedFile'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import {
  decodeOptimizerState,
  encodeOptimizerState,
  freshOptimizerState,
  type OptimizerState,
} from '@tessera/training/optimizerState'

const MAGIC = 0x57_52_53_54 // 'TSRW'
const VERSION = 1
const HEADER_BYTES = 16
/** A file is about 12 bytes a parameter; the rest is headers. */
const OVERHEAD_LIMIT = 4096
/** The round's own and its predecessor: what a chain that lost blocks may send the miner back to. */
const KEEP_FILES = 3

export interface Work {
  readonly feedback: Float32Array
  readonly optimizer: OptimizerState
}

export function freshWork(parameters: number): Work {
  return { feedback: new Float32Array(parameters), optimizer: freshOptimizerState(parameters) }
}

export function encodeWork(work: Work): Uint8Array {
  const optimizer = encodeOptimizerState(work.optimizer)
  const bytes = new Uint8Array(HEADER_BYTES + optimizer.length + work.feedback.byteLength)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, VERSION, true)
  view.setUint32(8, work.feedback.length, true)
  view.setUint32(12, optimizer.length, true)
  bytes.set(optimizer, HEADER_BYTES)
  bytes.set(
    new Uint8Array(work.feedback.buffer, work.feedback.byteOffset, work.feedback.byteLength),
    HEADER_BYTES + optimizer.length,
  )
  return bytes
}

/** Errors: `miner/bad-work-file`. */
export function decodeWork(bytes: Uint8Array, parameters: number): Work {
  if (bytes.length < HEADER_BYTES) throw bad('too short')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== MAGIC) throw bad('not such a file')
  if (view.getUint32(4, true) !== VERSION) throw bad(`version ${view.getUint32(4, true)}`)
  if (view.getUint32(8, true) !== parameters) throw bad(`${view.getUint32(8, true)} parameters, not ${parameters}`)
  const split = HEADER_BYTES + view.getUint32(12, true)
  if (bytes.length !== split + 4 * parameters) throw bad(`${bytes.length} bytes`)
  const feedback = new Float32Array(bytes.slice(split).buffer)
  if (!feedback.every(Number.isFinite)) throw bad('a value is not finite')
  try {
    return { feedback, optimizer: decodeOptimizerState(bytes.slice(HEADER_BYTES, split), parameters) }
  } catch (error) {
    throw isTesseraError(error, 'training/bad-optimizer-state') ? bad('its optimiser state is damaged', error) : error
  }
}

function bad(why: string, cause?: unknown): TesseraError {
  return new TesseraError('miner/bad-work-file', `the saved error feedback cannot be used: ${why}`, {
    hint: 'It belongs to another model or is damaged; move the folder work away to begin with an empty one',
    cause,
  })
}

/** The folder of work files, by round and by the seed that tells a round from its namesake on a chain that lost blocks. */
export class WorkFolder {
  readonly #folder: string
  readonly #parameters: number
  /** Whether the journal names a contribution for this round and seed. */
  readonly #counts: (round: bigint, seed: Hex) => boolean

  constructor(options: { folder: string; parameters: number; counts: (round: bigint, seed: Hex) => boolean }) {
    this.#folder = options.folder
    this.#parameters = options.parameters
    this.#counts = options.counts
  }

  /** The work that a contribution to `round` starts from, of the latest earlier round that counted; a fresh one of round 0. */
  async before(round: bigint): Promise<{ readonly work: Work; readonly from: bigint }> {
    await mkdir(this.#folder, { recursive: true })
    for (const file of (await this.#files()).toReversed()) {
      if (file.round >= round || !this.#counts(file.round, file.seed)) continue
      return { work: decodeWork(await this.#read(file.name), this.#parameters), from: file.round }
    }
    return { work: freshWork(this.#parameters), from: 0n }
  }

  async save(round: bigint, seed: Hex, work: Work): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    await writeFileAtomic(
      join(this.#folder, `${String(round).padStart(10, '0')}-${seed.slice(2)}.work`),
      encodeWork(work),
    )
    const files = await this.#files()
    // Of rounds that a chain had before it lost them: as the latest, they would push this one out.
    const gone = files.filter((file) => file.round > round)
    const surplus = files.filter((file) => file.round <= round).slice(0, -KEEP_FILES)
    for (const file of [...surplus, ...gone]) await rm(join(this.#folder, file.name), { force: true })
  }

  async #read(name: string): Promise<Uint8Array> {
    try {
      return await readFileLimited(join(this.#folder, name), 12 * this.#parameters + OVERHEAD_LIMIT)
    } catch (error) {
      throw isTesseraError(error, 'file/too-large') ? bad('too long', error) : error
    }
  }

  async #files(): Promise<{ name: string; round: bigint; seed: Hex }[]> {
    const names = (await readdir(this.#folder)).filter((name) => /^\d{10}-[0-9a-f]{64}\.work$/.test(name)).sort()
    return names.map((name) => ({ name, round: BigInt(name.slice(0, 10)), seed: `0x${name.slice(11, 75)}` }))
  }
}
