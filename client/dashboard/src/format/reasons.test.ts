import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasonText } from './reasons.ts'

test('a code has its words, whatever the code', () => {
  assert.equal(reasonText('copied'), 'Another miner had revealed the same contribution before.')
  assert.equal(reasonText('newer'), 'Reason newer, which this page does not know.')
  assert.equal(reasonText('toString'), 'Reason toString, which this page does not know.')
  assert.equal(reasonText('\u202Ex'), 'Reason ⟨U+202E⟩x, which this page does not know.')
})
