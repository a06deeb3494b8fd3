// The machine that a benchmark ran on, as its results have to name it.

import { createRequire } from 'node:module'
import { availableParallelism, cpus, totalmem } from 'node:os'

export interface Machine {
  readonly cpu: string
  /** Cores that this process may use. */
  readonly cores: number
  readonly memoryGiB: number
  readonly platform: string
  readonly node: string
  readonly onnxruntime: string
}

export function describeMachine(): Machine {
  const require = createRequire(import.meta.url)
  const { version } = require('onnxruntime-node/package.json') as { readonly version: string }
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    onnxruntime: version,
  }
}

/** Its description in one line. */
export function machineLine({ cpu, cores, memoryGiB, node, onnxruntime }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node.js ${node}, ONNX Runtime ${onnxruntime}`
}
