import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NAMES, plan, selected } from './plan.ts'

test('names of rows are their own, and what a row is compared with is there', () => {
  const names = plan().map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
  for (const { against } of plan()) assert.ok(against === undefined || names.includes(against))
})

test('a part of a name or of a section chooses rows, with those that they are compared with', () => {
  const rows = selected(plan(), 'OVERLAP')
  assert.equal(rows[0]?.name, NAMES.chosen(8))
  assert.ok(rows.length > 2)
  assert.ok(rows.slice(1).every(({ section, against }) => /^Overlapped/.test(section) && against === NAMES.chosen(8)))
  assert.deepEqual(
    selected(plan(), 'dense AdamW, 4 peers').map(({ name }) => name),
    [NAMES.diloco(4), NAMES.dense(4)],
  )
  assert.deepEqual(selected(plan(), 'no such row'), [])
})
