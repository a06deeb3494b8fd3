// The header of a safetensors file, read and written: https://github.com/huggingface/safetensors (README, "Format").
//
//   u64 little-endian    length n of the header
//   n bytes              JSON: name -> { dtype, shape, data_offsets: [begin, end] }, and `__metadata__`: string -> string;
//                        may end in spaces
//   the rest             data, little-endian, row-major; the tensors cover it without holes or overlaps
//
// As in the reference implementation a tensor may lie at any offset: readers copy, so alignment is the writer's to give (ours pads
// the header to 8 bytes).

import { type Refusal, refuse } from '@tessera/protocol/canonicalJson'
import { isJsonObject, type JsonObject, parseJsonObject } from './strictJson.ts'

/** Bytes of an element. */
const ELEMENT_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  C64: 8,
} as const

export type SafetensorsDtype = keyof typeof ELEMENT_BYTES

export interface TensorSpan {
  readonly name: string
  readonly dtype: SafetensorsDtype
  readonly shape: readonly number[]
  readonly elements: number
  /** Offset in the file. */
  readonly start: number
  readonly bytes: number
}

export interface SafetensorsHeader {
  /** In the order of the data. */
  readonly tensors: ReadonlyMap<string, TensorSpan>
  readonly metadata: Readonly<Record<string, string>>
}

export interface TensorToWrite {
  readonly name: string
  readonly dtype: SafetensorsDtype
  readonly shape: readonly number[]
}

/** Bytes of the length before the header. */
export const LENGTH_BYTES = 8
/** The reference allows 100 MB. A tensor takes about 150 bytes, and the largest models have some thousand to a file. */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024
const MAX_RANK = 8
const METADATA = '__metadata__'

const REFUSAL: Refusal = {
  code: 'safetensors/bad-header',
  hint: 'The file is damaged or no safetensors file; fetch it again and compare its digest with the publisher.',
}

/** The length that the first 8 bytes state. Throws `safetensors/bad-header` when a file of `size` bytes cannot have it. */
export function headerLength(start: Uint8Array, size: number): number {
  if (start.length < LENGTH_BYTES) throw refuse(REFUSAL, 'file', `is only ${start.length} bytes`)
  const length = new DataView(start.buffer, start.byteOffset, LENGTH_BYTES).getBigUint64(0, true)
  if (length < 2n || length > BigInt(Math.min(MAX_HEADER_BYTES, size - LENGTH_BYTES)))
    throw refuse(
      REFUSAL,
      'header',
      `of ${length} bytes does not fit a file of ${size}, or is above ${MAX_HEADER_BYTES}`,
    )
  return Number(length)
}

/**
 * The header `bytes` of a file of `size` bytes. Throws `safetensors/bad-header` for whatever a strict reader of the reference
 * implementation refuses.
 */
export function parseHeader(bytes: Uint8Array, size: number): SafetensorsHeader {
  // Spaces may pad the end; before the document the reference allows nothing.
  if (bytes[0] !== 0x7b) throw refuse(REFUSAL, 'header', 'does not begin with {')
  const document = parseJsonObject(bytes, MAX_HEADER_BYTES, REFUSAL)
  const metadata = metadataOf(document[METADATA])
  const dataStart = LENGTH_BYTES + bytes.length
  const spans = Object.entries(document)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => spanOf(name, value, dataStart))
    .sort((a, b) => a.start - b.start || a.bytes - b.bytes)
  let end = dataStart
  for (const span of spans) {
    if (span.start !== end)
      throw refuse(REFUSAL, span.name, `begins at ${span.start - dataStart}, not where the one before ends`)
    end += span.bytes
  }
  if (end !== size) throw refuse(REFUSAL, 'data', `of ${end - dataStart} bytes does not fill the file of ${size}`)
  return { tensors: new Map(spans.map((span) => [span.name, span])), metadata }
}

/** The first bytes of a file of `tensors` in this order, without holes: length and header. */
export function encodeHeader(
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let end = 0
  const entries = tensors.map(({ name, dtype, shape }) => {
    const begin = end
    end += tensorBytes(dtype, shape)
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const
  })
  const json = new TextEncoder().encode(JSON.stringify({ [METADATA]: metadata, ...Object.fromEntries(entries) }))
  const padded = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(LENGTH_BYTES + padded).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(json, LENGTH_BYTES)
  return bytes
}

export function elementBytes(dtype: SafetensorsDtype): number {
  return ELEMENT_BYTES[dtype]
}

export function tensorBytes(dtype: SafetensorsDtype, shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, ELEMENT_BYTES[dtype])
}

function metadataOf(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {}
  if (!isJsonObject(value)) throw refuse(REFUSAL, METADATA, 'is not an object')
  const odd = Object.keys(value).find((key) => typeof value[key] !== 'string')
  if (odd !== undefined) throw refuse(REFUSAL, `${METADATA}.${odd}`, 'is not a text')
  return value as Readonly<Record<string, string>>
}

function spanOf(name: string, value: unknown, dataStart: number): TensorSpan {
  const bad = (what: string): Error => refuse(REFUSAL, name, what)
  if (!isJsonObject(value)) throw bad('is not an object')
  const unknown = Object.keys(value).find((key) => key !== 'dtype' && key !== 'shape' && key !== 'data_offsets')
  if (unknown !== undefined) throw bad(`has the unknown field ${unknown}`)
  const { dtype, shape } = value
  if (typeof dtype !== 'string' || !Object.hasOwn(ELEMENT_BYTES, dtype)) throw bad(`has the unknown dtype ${dtype}`)
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every(isSize)) throw bad('has no proper shape')
  const elements = shape.reduce((product: number, size: number) => product * size, 1)
  const { begin, end } = offsetsOf(value, bad)
  const bytes = elements * ELEMENT_BYTES[dtype as SafetensorsDtype]
  // A product beyond 2^53 is no longer exact, but then it is far from the length of any file.
  if (end - begin !== bytes) throw bad(`takes ${bytes} bytes but has ${end - begin}`)
  return { name, dtype: dtype as SafetensorsDtype, shape, elements, start: dataStart + begin, bytes }
}

function offsetsOf(value: JsonObject, bad: (what: string) => Error): { readonly begin: number; readonly end: number } {
  const offsets: unknown = value.data_offsets
  if (!Array.isArray(offsets) || offsets.length !== 2) throw bad('has no data_offsets')
  const [begin, end] = offsets as unknown[]
  if (!isSize(begin) || !isSize(end) || end < begin) throw bad('has data_offsets that are no range')
  return { begin, end }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
