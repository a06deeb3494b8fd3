// From a dense update to a contribution, and what it leaves out. Top k of each chunk by magnitude; the h largest of those take the
// high level, the others the low one, each the mean of its group and so of least squared error; the rest is kept by the miner as
// error feedback. Deterministic: the same update gives the same bytes anywhere. A range of chunks needs nothing of the others, so
// ranges may be encoded side by side; beside the update itself the work takes a few chunks of memory and the blob.

import type { ChunkEncoder, Update } from './chunkEncoder.ts'
import { type CodecContext, type Contribution, type EncodedRecords, joinRecords, recordLeaves } from './contribution.ts'
import type { ContributionHeader } from './contributionHeader.ts'
import { TesseraError } from './errors.ts'
import { loadKernel } from './kernel/kernel.ts'
import { KernelEncoder } from './kernel/kernelEncoder.ts'
import type { StateChunk } from './layout.ts'
import { merkleTree } from './merkle.ts'
import { type RecordShape, RecordShapes } from './recordShape.ts'
import { ScalarEncoder } from './scalarEncoder.ts'

/** The header fields that the codec does not know by itself. */
export type HeaderFields = Pick<ContributionHeader, 'run' | 'round' | 'miner' | 'innerSteps' | 'samples' | 'baseRoot'>

export interface UpdateToEncode extends CodecContext, Update {
  /**
   * Old parameters minus new ones plus decayed feedback, float units, dense as the state. With `delta` it is what the last round left
   * behind instead, and becomes the former, each chunk when its turn comes.
   */
  readonly update: Float32Array
}

export interface CompressRequest extends UpdateToEncode {
  readonly header: HeaderFields
}

export interface Compressed {
  readonly contribution: Contribution
  /** Root of the tree over the records. */
  readonly recordsRoot: Uint8Array
}

export interface CompressedUpdate extends Compressed {
  /** The request's `update`, of which the contribution is taken off: the feedback of the next round before its decay. */
  readonly residual: Float32Array
}

/** Records of a range of chunks. */
export interface EncodedChunks extends EncodedRecords {
  /** Leaf hashes, 32 bytes each. */
  readonly leaves: Uint8Array
}

/**
 * @throws `compress/length`, `compress/non-finite`, `contribution/bad-codec`, `contribution/wrong-codec`
 */
export function compressUpdate(request: CompressRequest): CompressedUpdate {
  checkUpdate(request)
  const chunks = encodeChunks(request, 0, request.layout.chunks.length)
  return { ...joinChunks(request, [chunks]), residual: request.update }
}

/** @throws `compress/length` */
export function checkUpdate({ update, delta, layout }: Omit<UpdateToEncode, 'codec'>): void {
  const lengths = [update.length, delta?.values.length ?? layout.parameters]
  if (lengths.every((length) => length === layout.parameters)) return
  throw new TesseraError('compress/length', `an update of ${lengths.join(' and ')} entries for ${layout.parameters}`, {
    hint: 'Pass the parameters of every tensor, in the order of the manifest',
    context: { lengths, wanted: layout.parameters },
  })
}

/**
 * The contribution of all chunks, given as ranges in order.
 * @throws `contribution/bad-codec`, `contribution/wrong-codec`
 */
export function joinChunks(
  request: CodecContext & Pick<CompressRequest, 'header'>,
  ranges: readonly EncodedChunks[],
): Compressed {
  const { header, layout, codec } = request
  const full = { ...header, k: codec.k, chunkSize: codec.chunkSize, chunkCount: layout.chunks.length }
  const contribution = joinRecords(full, ranges, request)
  const leaves = new Uint8Array(32 * layout.chunks.length)
  let at = 0
  for (const range of ranges) {
    leaves.set(range.leaves, at)
    at += range.leaves.length
  }
  return { contribution, recordsRoot: merkleTree(leaves).root }
}

/**
 * Encodes chunks `from` to before `to`.
 * @param encoder the quickest there is, if not given.
 * @throws `compress/non-finite`
 */
export function encodeChunks(
  request: UpdateToEncode,
  from: number,
  to: number,
  encoder: ChunkEncoder = chunkEncoder(),
): EncodedChunks {
  const { layout, codec } = request
  const shapes = new RecordShapes(codec.k)
  const lengths = new Uint16Array(to - from)
  const out = new RecordBuffer()
  for (let chunk = from; chunk < to; chunk++) {
    const { offset, valid } = layout.chunks[chunk] as StateChunk
    const shape = shapes.of(valid)
    const record = out.write(shape, (bytes, at) => encoder.encode(request, offset, shape, bytes, at))
    lengths[chunk - from] = record.length
  }
  const records = { bytes: out.bytes, lengths }
  return { ...records, leaves: recordLeaves(records, from) }
}

function chunkEncoder(): ChunkEncoder {
  const kernel = loadKernel()
  return kernel === undefined ? new ScalarEncoder() : new KernelEncoder(kernel)
}

/** Records one after the other, in memory that grows with them. */
class RecordBuffer {
  #bytes = new Uint8Array(2 ** 14)
  #end = 0

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end)
  }

  /** @param write writes one record of this shape from a byte on and returns the byte after it. */
  write(shape: RecordShape, write: (bytes: Uint8Array, at: number) => number): Uint8Array {
    const start = this.#end
    if (start + shape.maxBytes > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#end = write(this.#bytes, start)
    return this.#bytes.subarray(start, this.#end)
  }
}
