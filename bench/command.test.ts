import assert from 'node:assert/strict'
import { test } from 'node:test'
import { benchResult } from './bench.ts'
import { parseCommand, requireTargets } from './command.ts'

const NAMES = ['train', 'codec']

test('the first word is the benchmark, options follow', () => {
  const { name, args } = parseCommand(['codec', '--full', '--threads', '3', '--no-install'], NAMES, {})
  assert.equal(name, 'codec')
  assert.deepEqual(
    { full: args.full, resume: args.resume, threads: args.threads, install: args.install, json: args.json },
    { full: true, resume: false, threads: 3, install: false, json: undefined },
  )
})

test('options come from the environment too', () => {
  assert.equal(
    parseCommand(['train'], NAMES, { TESSERA_BENCH_PYTHON: '/usr/bin/python3' }).args.python,
    '/usr/bin/python3',
  )
})

test('no name, an unknown one and an option in its place are mistakes that name the benchmarks', () => {
  for (const argv of [[], ['trian'], ['--full', 'train']])
    assert.throws(() => parseCommand(argv, NAMES, {}), { code: 'bench/no-such', hint: /train, codec/ })
})

test('an unknown option is a mistake', () => {
  assert.throws(() => parseCommand(['train', '--fast'], NAMES, {}), { code: 'options/unknown-flag' })
})

test('missed targets are named; those met or not judged are not', () => {
  const met = benchResult({ metric: 'met', value: 1, unit: '', target: 'value >= 1' })
  const open = benchResult({ metric: 'open', value: 1, unit: '', target: 'ratio >= 1' })
  const missed = benchResult({ metric: 'missed', value: 1, unit: '', target: 'value >= 2' })
  requireTargets('train', [met, open])
  assert.throws(() => requireTargets('train', [met, open, missed]), {
    code: 'bench/target-missed',
    message: 'train misses 1 of 2 targets',
    hint: 'missed: value >= 2',
  })
})
