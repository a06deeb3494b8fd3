// The options of `npm run bench`, one table for all benchmarks.

import { defineOptions } from '@tessera/agent/options'

export const benchOptions = defineOptions({
  json: {
    flag: 'json',
    env: 'TESSERA_BENCH_JSON',
    type: 'path',
    description: 'File for the results as JSON',
  },
  full: {
    flag: 'full',
    env: 'TESSERA_BENCH_FULL',
    type: 'boolean',
    description: 'The long form: more sizes, seeds or settings, where a benchmark has them',
  },
  only: {
    flag: 'only',
    env: 'TESSERA_BENCH_ONLY',
    type: 'string',
    description: 'Only what has this in its name, and what that is compared with, where a benchmark can choose',
  },
  resume: {
    flag: 'resume',
    env: 'TESSERA_BENCH_RESUME',
    type: 'boolean',
    description: 'Take up what an earlier run left when it was stopped, where a benchmark can',
  },
  threads: {
    flag: 'threads',
    env: 'TESSERA_BENCH_THREADS',
    type: 'integer',
    default: 2,
    min: 1,
    max: 1024,
    unit: 'threads',
    description: 'Threads that we and the peer may use each',
  },
  device: {
    flag: 'device',
    env: 'TESSERA_BENCH_DEVICE',
    type: 'choice',
    choices: ['cpu', 'webgpu', 'cuda'],
    default: 'cpu',
    description: 'What the training benchmark runs on; with another than the CPU, the peer runs on CUDA',
  },
  stretch: {
    flag: 'stretch',
    env: 'TESSERA_BENCH_STRETCH',
    type: 'integer',
    default: 1,
    min: 1,
    max: 8,
    unit: 'times',
    description:
      'How many times slower than usual the transfer benchmark lets its network run, on a slow or busy machine',
  },
  python: {
    flag: 'python',
    env: 'TESSERA_BENCH_PYTHON',
    type: 'path',
    description:
      'Python interpreter that has torch, for the peer; one of its own is set up under .tessera/bench/python otherwise',
  },
  install: {
    flag: 'install',
    env: 'TESSERA_BENCH_INSTALL',
    type: 'boolean',
    default: true,
    description:
      'Set up the peer if it is missing: for Python a download of 2 to 3 GB and 6 GB on disk, for Kubo a build by Go',
  },
  kubo: {
    flag: 'kubo',
    env: 'TESSERA_BENCH_KUBO',
    type: 'path',
    description: "Kubo's program (ipfs), for the benchmark of fetching; one is built under .tessera/kubo otherwise",
  },
})
