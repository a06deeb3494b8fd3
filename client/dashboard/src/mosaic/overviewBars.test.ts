import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overviewBars } from './overviewBars.ts'

const columns = {
  round: [1, 2, 3, 4],
  epoch: [1, 1, 1, 1],
  void: ['', '', 'NoQuorum', ''],
  cells: ['ii', 'ia', 'rr', '..'],
  votes: ['', '', '', ''],
  isLive: false,
}

test('a bar stands for the rounds under it', () => {
  assert.deepEqual(overviewBars(columns, 2), [
    { included: 0.75, isVoid: false },
    { included: 0, isVoid: true },
  ])
})

test('there may be more bars than rounds', () => {
  const bars = overviewBars(columns, 8)
  assert.deepEqual(
    bars.map(({ included }) => included),
    [1, 1, 0.5, 0.5, 0, 0, 0, 0],
  )
})

test('without miners the bars are of votes', () => {
  const votes = { ...columns, cells: ['', '', '', ''], votes: ['va', 'vv', 'xx', '.v'] }
  assert.deepEqual(
    overviewBars(votes, 4).map(({ included }) => included),
    [0.5, 1, 0, 1],
  )
})
