import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columnsOf, type LiveRound } from './columns.ts'

const series = {
  from: 1,
  round: [1],
  epoch: [1],
  void: [''],
  openedAt: [1],
  closedAt: [2],
  loss: [null],
  tokens: [null],
  committed: [1],
  revealed: [1],
  included: [1],
  bytes: [1],
  gas: [1],
  cells: ['i'],
  votes: ['v'],
}
const operator = `0x${'11'.repeat(20)}` as const
const live: LiveRound = {
  round: 2,
  epoch: 1,
  phase: 'Attest',
  deadline: 100,
  attempt: 0,
  miners: [
    { slot: 0, operator, state: 'revealed' },
    { slot: 1, operator, state: 'revealed' },
    { slot: 3, operator, state: 'committed' },
    { slot: 4, operator, state: 'waiting' },
  ],
  validators: [
    { slot: 0, operator, weight: 1n, vote: null, leads: true },
    { slot: 1, operator, weight: 1n, vote: 'worse', leads: false },
    { slot: 2, operator, weight: 1n, vote: 'refused', leads: false },
  ],
  included: [1],
}

test('the round under way is the last column', () => {
  const columns = columnsOf(series, live)
  assert.deepEqual(columns.round, [1, 2])
  assert.equal(columns.cells[1], 'ri.ca')
  assert.equal(columns.votes[1], 'awx')
  assert.equal(columns.isLive, true)
})

test('a round that is over in one answer is not shown as under way by the other', () => {
  assert.deepEqual(columnsOf(series, { ...live, round: 1 }).round, [1])
  assert.equal(columnsOf(series, null).isLive, false)
})

test('a slot that no run has takes no room', () => {
  const hostile = { ...live, miners: [{ slot: 4_000_000_000, operator, state: 'waiting' as const }] }
  assert.equal(columnsOf(series, hostile).cells[1], '')
})
