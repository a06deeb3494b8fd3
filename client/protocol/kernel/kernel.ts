// The kernel of encode.as, aggregate.as and sha256.as, ready to be called: one instance a thread, made when it is first asked for. Where WebAssembly
// has no SIMD or is not allowed there is none, and callers do the same in TypeScript.

import { KERNEL } from '../generated/kernel.ts'

/** What it exports; what the functions do stands in the sources. Addresses are in bytes. */
export interface Kernel {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly floats: Float32Array<ArrayBuffer>
  readonly ints: Int32Array<ArrayBuffer>
  readonly doubles: Float64Array<ArrayBuffer>
  readonly words: Uint32Array<ArrayBuffer>
  readonly at: Readonly<Record<Address, number>>
  readonly calls: Calls
}

interface Calls {
  addDelta(chunk: number, delta: number, valid: number, decay: number): void
  /** Gives 0 for false. */
  choose(chunk: number, valid: number, wanted: number, highs: number, slack: number): number
  write(
    chunk: number,
    head: number,
    high: number,
    low: number,
    wanted: number,
    highs: number,
    highRice: number,
    lowRice: number,
  ): number
  hashFour(): void
  setShape(valid: number, entries: number, highs: number, highRice: number, lowRice: number): void
  mirror(from: number, length: number, top: number): void
  check(top: number, count: number): number
  /** Gives 0 for false. */
  fold(chunk: number, count: number, clip: number, rate: number): number
}

const ADDRESSES = [
  'chunkAt',
  'deltaAt',
  'sumsAt',
  'recordAt',
  'messagesAt',
  'messageStride',
  'lengthsAt',
  'digestsAt',
  'maxStaged',
  'stagedAt',
  'groupTop',
  'endsAt',
  'windowBytes',
  'windowStride',
  'firstWindowTop',
  'recordsAt',
] as const
type Address = (typeof ADDRESSES)[number]

type Exports = Calls & { readonly memory: { readonly buffer: ArrayBuffer } } & {
  readonly [Name in Address]: { readonly value: number }
}

/** The part of the standard's interface that is used; TypeScript has it only together with all of the browser's. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

let known: { readonly kernel: Kernel | undefined } | undefined

export function loadKernel(): Kernel | undefined {
  known ??= { kernel: instantiate() }
  return known.kernel
}

function instantiate(): Kernel | undefined {
  const api = (globalThis as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly
  const code = Uint8Array.from(atob(KERNEL), (letter) => letter.charCodeAt(0))
  if (api === undefined || !api.validate(code)) return undefined
  let exported: unknown
  try {
    exported = new api.Instance(new api.Module(code)).exports
  } catch {
    // A page's security policy may forbid compiling, and an old browser compiles nothing of this size at once.
    return undefined
  }
  const calls = exported as Exports
  const { buffer } = calls.memory
  const at = Object.fromEntries(ADDRESSES.map((name) => [name, calls[name].value])) as Record<Address, number>
  return {
    bytes: new Uint8Array(buffer),
    floats: new Float32Array(buffer),
    ints: new Int32Array(buffer),
    doubles: new Float64Array(buffer),
    words: new Uint32Array(buffer),
    at,
    calls,
  }
}
