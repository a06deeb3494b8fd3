import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paramEntries } from './runParams.ts'
import { sampleParams } from './simulatedRun.fixture.ts'

test('every parameter of a run is in the list, those of a chunk too', () => {
  const { chunks, ...own } = sampleParams
  const entries = paramEntries(sampleParams)
  assert.equal(entries.length, Object.keys(own).length + Object.keys(chunks).length)
  const all = new Map(entries)
  for (const [name, value] of Object.entries(own)) assert.equal(all.get(name), value)
  for (const [name, value] of Object.entries(chunks)) assert.equal(all.get(`chunks.${name}`), value)
})
