// Element types a graph value may have: the ONNX code of each, its size, and the typed array that holds it in memory.
// Not a tensor library: nothing here computes.

/**
 * `float64` exists for gradient checks: every operation is generic over it and float32. `float16` is for products of matrices and
 * what lies between them; a graph makes it from float32 and has no constants of it.
 */
export type Dtype = StoredDtype | 'float16'

/** Types that memory of ours holds. */
export type StoredDtype = FloatDtype | 'int32' | 'int64' | 'bool'

export type FloatDtype = 'float32' | 'float64'

/** Memory of a tensor, row-major. A bool is one byte, 0 or 1. */
export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array

/** TensorProto.DataType of the ONNX schema. */
export const ONNX_CODE: Readonly<Record<Dtype, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
}

/** The dtype that `data` holds. */
export function dtypeOf(data: TensorData): StoredDtype {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof Float64Array) return 'float64'
  if (data instanceof Int32Array) return 'int32'
  if (data instanceof BigInt64Array) return 'int64'
  return 'bool'
}

/** `values` as the typed array of `dtype`; floats are rounded to nearest. */
export function typedArray(dtype: StoredDtype, values: readonly number[]): TensorData {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(values)
    case 'float64':
      return Float64Array.from(values)
    case 'int32':
      return Int32Array.from(values)
    case 'int64':
      return BigInt64Array.from(values, (value) => BigInt(value))
    case 'bool':
      return Uint8Array.from(values)
  }
}

/**
 * The memory of `data` as little-endian bytes, which is how files and ONNX store numbers. No copy: every machine that
 * onnxruntime-node is built for is little-endian.
 */
export function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
