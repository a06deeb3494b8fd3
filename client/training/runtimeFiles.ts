// Where onnxruntime-web finds its code, which a page serves itself. Of no effect on onnxruntime-node, which has its own.

import { env } from '#onnxruntime'

export interface RuntimeFiles {
  /** Absolute URL of ort-wasm-simd-threaded.wasm. */
  readonly wasm: string
  /** More than 1 needs a page that is isolated from other origins. */
  readonly threads: number
}

/** To be called before the first session. */
export function setRuntimeFiles({ wasm, threads }: RuntimeFiles): void {
  env.wasm.wasmPaths = { wasm }
  env.wasm.numThreads = threads
}
