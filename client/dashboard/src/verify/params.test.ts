import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointQueryOf, payoutQueryOf } from './params.ts'

const OPERATOR = `0x${'Ab'.repeat(20)}`
const GOOD = { run: '1', epoch: '2', operator: OPERATOR, holder: 'owner', source: '0' }

test('an address of the page is read strictly', () => {
  const operator = OPERATOR.toLowerCase()
  assert.deepEqual(payoutQueryOf(GOOD), { run: 1n, epoch: 2n, source: 0n, operator, holder: null })
  assert.equal(payoutQueryOf({ ...GOOD, holder: OPERATOR })?.holder, operator)
  for (const bad of [{ run: '0' }, { run: '01' }, { epoch: '-1' }, { epoch: '0' }, { source: '1e3' }, { holder: 'me' }])
    assert.equal(payoutQueryOf({ ...GOOD, ...bad }), undefined, JSON.stringify(bad))
  for (const bad of [
    { operator: '0x12' },
    { run: '1'.repeat(16) },
    { source: undefined },
    { operator: `${OPERATOR}00` },
  ])
    assert.equal(payoutQueryOf({ ...GOOD, ...bad }), undefined, JSON.stringify(bad))
})

test('the genesis is a checkpoint, run 0 is none', () => {
  assert.deepEqual(checkpointQueryOf({ run: '3', round: '0' }), { run: 3n, round: 0n })
  assert.equal(checkpointQueryOf({ run: '0', round: '0' }), undefined)
  assert.equal(checkpointQueryOf({ run: '3' }), undefined)
})
