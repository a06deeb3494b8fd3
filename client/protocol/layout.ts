// Where each chunk of the state lies. The state in memory is one dense Int32Array: tensors in the manifest's order, row-major, no padding.

import { TesseraError } from './errors.ts'
import { CHUNK } from './tags.ts'

export interface StateChunk {
  /** Number of the chunk, through all tensors. */
  readonly index: number
  /** Number of its tensor. */
  readonly tensor: number
  /** Its first entry in the dense state. */
  readonly offset: number
  /** Entries it has: the chunk size, or less for the last chunk of a tensor. */
  readonly valid: number
}

export interface StateLayout {
  readonly chunkSize: number
  readonly tensorSizes: readonly number[]
  /** Entries of all tensors together. */
  readonly parameters: number
  readonly chunks: readonly StateChunk[]
}

/** Most entries of a state: indices of typed arrays and chunk numbers stay far within exact doubles and uint32. */
export const MAX_PARAMETERS = 2 ** 31 - 1
const MAX_TENSORS = 65_536

/**
 * Cuts tensors of the given sizes (entries each) into chunks; each tensor starts a new chunk.
 * @throws `layout/invalid` when there is no tensor, one is empty or not a whole number, or a limit is exceeded.
 */
export function createLayout(tensorSizes: readonly number[], chunkSize: number = CHUNK): StateLayout {
  if (!Number.isInteger(chunkSize) || chunkSize < 1 || chunkSize > CHUNK)
    throw invalid(`chunk size ${chunkSize} is not between 1 and ${CHUNK}`)
  if (tensorSizes.length === 0 || tensorSizes.length > MAX_TENSORS)
    throw invalid(`${tensorSizes.length} tensors; between 1 and ${MAX_TENSORS} are allowed`)
  // The total is checked before any chunk is made, so that hostile sizes cost nothing.
  let parameters = 0
  for (const size of tensorSizes) {
    if (!Number.isSafeInteger(size) || size < 1) throw invalid(`a tensor of ${size} entries`)
    parameters += size
    if (parameters > MAX_PARAMETERS) throw invalid(`more than ${MAX_PARAMETERS} entries`)
  }
  const chunks: StateChunk[] = []
  let offset = 0
  for (const [tensor, size] of tensorSizes.entries()) {
    for (let start = 0; start < size; start += chunkSize) {
      const valid = Math.min(chunkSize, size - start)
      chunks.push({ index: chunks.length, tensor, offset: offset + start, valid })
    }
    offset += size
  }
  return { chunkSize, tensorSizes: [...tensorSizes], parameters, chunks }
}

function invalid(what: string): TesseraError {
  return new TesseraError('layout/invalid', `the state cannot be laid out: ${what}`, {
    hint: "Check the tensors of the run's manifest",
  })
}
