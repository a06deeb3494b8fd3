import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Series } from '../queries/mergeSeries.ts'
import { costSummary, costsOf, lossSummary, mosaicSummary } from './summaries.ts'

const series: Series = {
  from: 1,
  round: [1, 2, 3],
  epoch: [1, 1, 1],
  void: ['', 'NoQuorum', ''],
  openedAt: [0, 100, 200],
  closedAt: [90, 230, 190],
  loss: [5.5, null, 4.25],
  tokens: [10, 10, 20],
  committed: [2, 2, 2],
  revealed: [2, 2, 2],
  included: [2, 0, 1],
  bytes: [8_700, 9_000, 8_000],
  gas: [1_200_000, 900_000, 1_000_000],
  cells: ['ii', 'rr', 'i.'],
  votes: ['v', 'x', 'v'],
}

test('a loss is told from its first to its last measurement', () => {
  assert.equal(lossSummary(series), 'Held-out loss fell from 5.5000 after round 1 to 4.2500 after round 3.')
  assert.equal(lossSummary({ ...series, loss: [1, null, 2] }).split(' ')[2], 'rose')
  assert.equal(lossSummary({ ...series, loss: [1, null, 1] }).split(' ')[2], 'stayed')
  assert.equal(lossSummary({ ...series, loss: [null, null, 2] }), 'Held-out loss is 2.0000 after round 3.')
  assert.equal(lossSummary({ ...series, loss: [null, null, null] }), 'No loss has been measured yet.')
})

test('the mosaic is told by its ends and its inclusions', () => {
  assert.equal(mosaicSummary(series), '3 rounds: 2 final, 1 void. 3 of 5 possible contributions were included.')
  assert.equal(mosaicSummary({ round: [1], void: [''], included: [0], cells: [''] }), '1 round: 1 final, 0 void.')
  assert.equal(mosaicSummary({ round: [], void: [], included: [], cells: [] }), 'No round is over yet.')
})

test('costs are told by their median and their peak', () => {
  assert.deepEqual(costsOf(series).map(costSummary), [
    'Bytes: 8.70 kB a round at the median, 9.00 kB at most.',
    'Gas: 1M a round at the median, 1.2M at most.',
    'Duration: 1 min 30 s a round at the median, 2 min 10 s at most.',
  ])
  assert.equal(costSummary({ name: 'Gas', values: [], text: String }), 'Gas: no round is over yet.')
})
