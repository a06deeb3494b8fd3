// The first 92 bytes of a contribution: who made it, for which round, from which state, with which codec.

import { TesseraError } from './errors.ts'
import { bytesToHex, type Hex, hexToBytes, sameHex } from './hex.ts'
import { MAX_K } from './recordShape.ts'
import { CHUNK } from './tags.ts'

export const HEADER_BYTES = 92
const MAGIC = 0x54535241 // "TSRA"
const VERSION = 2

/** Chunk size C and entries sent of a full chunk k. */
export interface CodecParams {
  readonly chunkSize: number
  readonly k: number
}

export interface ContributionHeader {
  readonly k: number
  readonly run: bigint
  readonly round: bigint
  readonly miner: Hex
  readonly chunkSize: number
  readonly chunkCount: number
  /** Inner steps that the miner says it did. */
  readonly innerSteps: number
  /** Samples that it says it used: inner steps x batch. */
  readonly samples: number
  /** Root of the state that it was trained from. */
  readonly baseRoot: Hex
}

/**
 * Refuses a codec whose group entries would not fit 16 bits. A group of `count` places exceeds its least length by at most valid / 2^b
 * bits, and the Rice rule keeps that below 2.6 (count + 1): together 167 bytes a record with k = 512, and 64 records make an entry.
 * @throws `contribution/bad-codec`
 */
export function checkCodec({ chunkSize, k }: CodecParams): void {
  const whole = Number.isInteger(chunkSize) && Number.isInteger(k)
  if (whole && chunkSize <= CHUNK && k >= 1 && 4 * k <= chunkSize && k <= MAX_K) return
  throw new TesseraError('contribution/bad-codec', `no codec has k = ${k} of ${chunkSize}`, {
    hint: `Choose 1 <= k <= C / 4, k <= ${MAX_K} and C <= ${CHUNK}`,
    context: { chunkSize, k },
  })
}

export function encodeHeader(header: ContributionHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC)
  view.setUint16(4, VERSION)
  view.setUint16(6, header.k)
  view.setBigUint64(8, header.run)
  view.setBigUint64(16, header.round)
  bytes.set(hexToBytes(header.miner, 20), 24)
  view.setUint32(44, header.chunkSize)
  view.setUint32(48, header.chunkCount)
  view.setUint32(52, header.innerSteps)
  view.setUint32(56, header.samples)
  bytes.set(hexToBytes(header.baseRoot, 32), 60)
  return bytes
}

/**
 * Reads a header; its values are whatever was written: see checkHeader.
 * @throws `contribution/truncated`, `contribution/bad-magic`, `contribution/bad-version`
 */
export function decodeHeader(bytes: Uint8Array): ContributionHeader {
  if (bytes.length < HEADER_BYTES)
    throw new TesseraError('contribution/truncated', `${bytes.length} bytes are less than a header`, {
      hint: 'Fetch the blob again; if its digest is right, refuse the contribution',
      context: { size: bytes.length },
    })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0) !== MAGIC)
    throw new TesseraError('contribution/bad-magic', 'the blob does not start as a contribution does', {
      hint: 'It is some other file; refuse the contribution',
    })
  if (view.getUint16(4) !== VERSION)
    throw new TesseraError('contribution/bad-version', `format version ${view.getUint16(4)}, not ${VERSION}`, {
      hint: 'Miner and validator must run the same protocol version',
    })
  return {
    k: view.getUint16(6),
    run: view.getBigUint64(8),
    round: view.getBigUint64(16),
    miner: bytesToHex(bytes.subarray(24, 44)),
    chunkSize: view.getUint32(44),
    chunkCount: view.getUint32(48),
    innerSteps: view.getUint32(52),
    samples: view.getUint32(56),
    baseRoot: bytesToHex(bytes.subarray(60, 92)),
  }
}

/** What the chain and the manifest say that a header must say. */
export interface ExpectedHeader {
  readonly run: bigint
  readonly round: bigint
  readonly miner: Hex
  readonly baseRoot: Hex
  /** H of the manifest: more steps than this are not allowed, fewer are. */
  readonly maxInnerSteps: number
  readonly batch: number
}

/**
 * Refuses a contribution made for something else.
 * @throws `contribution/wrong-run`, `contribution/wrong-round`, `contribution/wrong-miner`, `contribution/wrong-base`, `contribution/wrong-samples`
 */
export function checkHeader(header: ContributionHeader, expected: ExpectedHeader): void {
  const { innerSteps, samples } = header
  if (header.run !== expected.run) throw wrong('contribution/wrong-run', header.run, expected.run)
  if (header.round !== expected.round) throw wrong('contribution/wrong-round', header.round, expected.round)
  if (!sameHex(header.miner, expected.miner)) throw wrong('contribution/wrong-miner', header.miner, expected.miner)
  if (!sameHex(header.baseRoot, expected.baseRoot))
    throw wrong('contribution/wrong-base', header.baseRoot, expected.baseRoot)
  if (innerSteps < 1 || innerSteps > expected.maxInnerSteps || samples !== innerSteps * expected.batch) {
    const wanted = `${expected.batch} for each of at most ${expected.maxInnerSteps} steps`
    throw wrong('contribution/wrong-samples', `${samples} samples in ${innerSteps} steps`, wanted)
  }
}

function wrong(code: string, actual: unknown, expected: unknown): TesseraError {
  return new TesseraError(code, `the header says ${actual} where ${expected} is due`, {
    hint: 'The blob was made for something else; refuse the contribution',
    context: { actual: String(actual), expected: String(expected) },
  })
}
