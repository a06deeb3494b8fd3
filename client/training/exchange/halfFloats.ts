// Floats of 16 bits to float32 and back: IEEE binary16 (F16) and bfloat16 (BF16, the upper half of a float32). Reading is exact;
// writing rounds to nearest, ties to even.

/** `halves` as float32, exactly. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  float16Values ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => float16Value(bits))
  const table = float16Values
  const values = new Float32Array(halves.length)
  for (let index = 0; index < halves.length; index++) values[index] = table[halves[index] as number] as number
  return values
}

/** `halves` as float32, exactly. */
export function fromBfloat16(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length)
  for (let index = 0; index < halves.length; index++) words[index] = (halves[index] as number) << 16
  return new Float32Array(words.buffer)
}

/** What is 65520 and above becomes infinite. */
export function toFloat16(values: Float32Array): Uint16Array {
  const words = wordsOf(values)
  const halves = new Uint16Array(values.length)
  for (let index = 0; index < values.length; index++) halves[index] = float16Bits(words[index] as number)
  return halves
}

export function toBfloat16(values: Float32Array): Uint16Array {
  const words = wordsOf(values)
  const halves = new Uint16Array(values.length)
  for (let index = 0; index < values.length; index++) {
    const word = words[index] as number
    // Rounding a NaN could carry into an infinity; setting a bit of its mantissa keeps it one.
    halves[index] = isNotANumber(word) ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
  }
  return halves
}

/** Every float16 by its bits, made when first needed. */
let float16Values: Float32Array | undefined

function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 0x1f
  const mantissa = bits & 0x3ff
  if (exponent === 0) return sign * mantissa * 2 ** -24
  if (exponent === 0x1f) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1024 + mantissa) * 2 ** (exponent - 25)
}

/** @param word the bits of a float32. */
function float16Bits(word: number): number {
  const sign = (word >>> 16) & 0x8000
  const size = word & 0x7fffffff
  if (size > 0x7f800000) return sign | 0x7e00
  // 65520, the middle between the largest float16 and the next that would be.
  if (size >= 0x477ff000) return sign | 0x7c00
  // From 2^-14 on: the exponent loses 112 of its bias, the mantissa its last 13 bits; a carry moves into the exponent.
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13)
  // Below, multiples of 2^-24. The sizes below 2^-25 round to 0; adding 2^-1 (whose last bit is 2^-24) rounds the others.
  probe[0] = size
  probeValue[0] = (probeValue[0] as number) + 0.5
  return sign | ((probe[0] as number) - 0x3f000000)
}

const probe = new Uint32Array(1)
const probeValue = new Float32Array(probe.buffer)

function wordsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length)
}

function isNotANumber(word: number): boolean {
  return (word & 0x7fffffff) > 0x7f800000
}
