import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { benchResult } from './bench.ts'
import { busyLine, describeMachine } from './machine.ts'
import { reportJson, writeReport } from './report.ts'

const results = [
  benchResult({ metric: 'm', value: 2, unit: 's', peer: 'p', peerValue: 4, target: 'ratio <= 1' }),
  benchResult({ metric: 'n', value: Number.NaN, unit: '' }),
]
const machine = describeMachine()
const report = { bench: 'codec', at: '2026-01-02T03:04:05.000Z', machine, results }

test('a report is JSON with one result a line, and no number in it is lost', () => {
  const text = reportJson(report)
  const parsed = JSON.parse(text) as Record<string, unknown>
  assert.deepEqual(Object.keys(parsed), ['bench', 'at', 'machine', 'results'])
  assert.deepEqual(parsed.machine, machine)
  assert.deepEqual(parsed.results, [results[0], { ...results[1], value: 'NaN' }])
  assert.equal(text.split('\n').filter((line) => line.includes('"metric"')).length, 2)
})

test('the machine is described by what the results depend on', () => {
  assert.equal(machine.node, process.versions.node)
  assert.match(machine.onnxruntime, /^\d+\.\d+\.\d+/)
  assert.ok(machine.cores >= 1 && machine.memoryGiB > 0)
})

test('a busy machine is said to be one', () => {
  assert.equal(busyLine({ ...machine, cores: 4, load: 1 }), undefined)
  assert.match(busyLine({ ...machine, cores: 4, load: 1.1 }) ?? '', /busy \(load 1\.1 on 4 cores\)/)
})

test('a report is written into a folder that does not exist yet', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  try {
    const path = join(folder, 'a', 'b.json')
    await writeReport(path, report)
    assert.equal(await readFile(path, 'utf8'), reportJson(report))
  } finally {
    await rm(folder, { recursive: true })
  }
})
