// A safetensors file read by ranges: the header first, then elements of a tensor as they are wanted, as float32. Nothing is read
// that was not asked for, so a file of gigabytes takes the memory of a piece.

import { TesseraError } from '@tessera/protocol/errors'
import type { ByteSource } from '../data/byteSource.ts'
import { fromBfloat16, fromFloat16 } from './halfFloats.ts'
import {
  elementBytes,
  headerLength,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
  type TensorSpan,
} from './safetensorsHeader.ts'

/** Dtypes that become float32: F32 as it is, F16 and BF16 exactly, F64 rounded to nearest. */
export type FloatTensorDtype = 'F32' | 'F16' | 'BF16' | 'F64'

export class SafetensorsFile {
  readonly header: SafetensorsHeader
  readonly #source: ByteSource

  private constructor(source: ByteSource, header: SafetensorsHeader) {
    this.#source = source
    this.header = header
  }

  /**
   * Reads and checks the header; the source stays the caller's to close.
   * Throws `safetensors/bad-header`, and `safetensors/unreadable` when the source ends early.
   */
  static async open(source: ByteSource, signal?: AbortSignal): Promise<SafetensorsFile> {
    const start = await readAll(source, 0, Math.min(LENGTH_BYTES, source.size), signal)
    const length = headerLength(start, source.size)
    return new SafetensorsFile(source, parseHeader(await readAll(source, LENGTH_BYTES, length, signal), source.size))
  }

  /**
   * `count` elements of the tensor `name` from element `from`, row-major. Throws `safetensors/bad-tensor` for a name or a range that
   * the file does not have or a dtype that is no float, and `safetensors/unreadable`.
   */
  async read(name: string, from: number, count: number, signal?: AbortSignal): Promise<Float32Array> {
    const span = this.header.tensors.get(name)
    if (span === undefined) throw badTensor(`there is no tensor ${name}`, { name })
    const { dtype } = span
    if (!isFloatTensor(dtype)) throw badTensor(`${name} holds ${dtype}, no floats that can be read`, { name, dtype })
    if (!(from >= 0 && count >= 0 && from + count <= span.elements))
      throw badTensor(`${name} has no elements ${from} to ${from + count}`, { name, elements: span.elements })
    const size = elementBytes(dtype)
    return toFloat32(dtype, await readAll(this.#source, span.start + from * size, count * size, signal))
  }
}

export function isFloatTensor(dtype: TensorSpan['dtype']): dtype is FloatTensorDtype {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16' || dtype === 'F64'
}

function toFloat32(dtype: FloatTensorDtype, bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, byteLength } = aligned(bytes)
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, byteLength / 4)
    case 'F16':
      return fromFloat16(new Uint16Array(buffer, byteOffset, byteLength / 2))
    case 'BF16':
      return fromBfloat16(new Uint16Array(buffer, byteOffset, byteLength / 2))
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8))
  }
}

/** `bytes` where a typed array of any element can begin. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
}

/** A source may give less at once than it was asked for; a file that has become shorter gives nothing. */
async function readAll(source: ByteSource, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
  const first = await source.read(offset, length, signal)
  if (first.length === length) return first
  const bytes = new Uint8Array(length)
  bytes.set(first)
  for (let done = first.length; done < length; ) {
    const piece = await source.read(offset + done, length - done, signal)
    if (piece.length === 0)
      throw new TesseraError('safetensors/unreadable', 'the file ends before its data', {
        context: { offset, length, read: done },
        hint: 'The file was cut while it was read; fetch it again.',
      })
    bytes.set(piece, done)
    done += piece.length
  }
  return bytes
}

function badTensor(message: string, context: Readonly<Record<string, unknown>>): TesseraError {
  return new TesseraError('safetensors/bad-tensor', message, {
    context,
    hint: 'The weights are of another model or of a kind that is not supported; use float32, float16 or bfloat16 weights.',
  })
}
