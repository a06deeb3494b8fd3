// The benchmarks by name. Loaded when asked for: some start native code.

import type { RunBench } from './bench.ts'

export interface Entry {
  readonly summary: string
  readonly load: () => Promise<{ readonly run: RunBench }>
}

export const catalogue: Readonly<Record<string, Entry>> = {
  train: {
    summary: 'tokens per second of a training step, against PyTorch',
    load: () => import('./train/bench.ts'),
  },
  codec: {
    summary: 'speed, size and error of compressed updates, against the reference compressor in PyTorch',
    load: () => import('./codec/bench.ts'),
  },
  convergence: {
    summary: 'final loss of the update rule, against DiLoCo, and with hostile peers',
    load: () => import('./convergence/bench.ts'),
  },
  gas: {
    summary: 'gas of all that members of a run do, against recorded figures of other contracts',
    load: () => import('./gas/bench.ts'),
  },
  dashboard: {
    summary: 'the page of a run of 6,190 rounds in Chromium: drawn, scrolled, loaded; against a plain table',
    load: () => import('./dashboard/bench.ts'),
  },
  transfer: {
    summary: 'a round’s blobs among 20 peers at 500/110 Mb/s, against a bucket; needs root on Linux',
    load: () => import('./transfer/bench.ts'),
  },
  indexer: {
    summary: 'seconds and memory until the first answer, and after a crash, against Ponder',
    load: () => import('./indexer/bench.ts'),
  },
  fetch: {
    summary: 'speed and memory of fetching blobs of 1, 100 and 1,000 MB, against Kubo and plain HTTP',
    load: () => import('./fetch/bench.ts'),
  },
}

/** The names with what each measures, a line each. */
export function catalogueText(): string {
  const width = Math.max(...Object.keys(catalogue).map((name) => name.length))
  return Object.entries(catalogue)
    .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
    .join('\n')
}
