// The machine that a benchmark ran on, as its results have to name it.

import { createRequire } from 'node:module'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

export interface Machine {
  readonly cpu: string
  /** Cores that this process may use. */
  readonly cores: number
  readonly memoryGiB: number
  readonly platform: string
  readonly node: string
  readonly onnxruntime: string
  /** Processes that wanted to run in the minute before, on average: near 0 on a machine that is fit to measure on. */
  readonly load: number
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
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  }
}

/** Its description in one line. */
export function machineLine({ cpu, cores, memoryGiB, node, onnxruntime }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node.js ${node}, ONNX Runtime ${onnxruntime}`
}

/** What is wrong with measuring on this machine now; undefined if nothing is. */
export function busyLine({ load, cores }: Machine): string | undefined {
  if (load <= cores / 4) return undefined
  return `the machine is busy (load ${load} on ${cores} cores): speeds and their ratios will mean little`
}
