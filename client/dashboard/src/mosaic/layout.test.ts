import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columnsIn, layOut, type MosaicColumns, rowsOf, rowTop, stateAt, step, tileAt } from './layout.ts'

const three: MosaicColumns = {
  round: [1, 2, 3],
  epoch: [1, 1, 2],
  void: ['', 'NoQuorum', ''],
  cells: ['ia.', 'rc.', 'ai.'],
  votes: ['v.', 'x.', 'a.'],
  isLive: true,
}

function long(rounds: number, miners: number): MosaicColumns {
  const each = <T>(value: T): T[] => Array.from({ length: rounds }, () => value)
  return {
    round: each(0).map((_, at) => at + 1),
    epoch: each(1),
    void: each(''),
    cells: each('i'.repeat(miners)),
    votes: each('vv'),
    isLive: false,
  }
}

test('slots that nobody ever took have no row', () => {
  assert.deepEqual(rowsOf(three), [
    { role: 'miner', slot: 0 },
    { role: 'miner', slot: 1 },
    { role: 'validator', slot: 0 },
  ])
})

test('a short run has large tiles, a long one scrolls, many members get low rows', () => {
  assert.equal(layOut(three, rowsOf(three), 1_200).pitchX, 44)
  const columns = long(6_190, 20)
  const layout = layOut(columns, rowsOf(columns), 1_200)
  assert.equal(layout.width, 6_190 * 13)
  const crowded = long(10, 256)
  assert.equal(layOut(crowded, rowsOf(crowded), 1_200).pitchY, 4)
})

test('each tile is found again under its own middle', () => {
  const layout = layOut(three, rowsOf(three), 300)
  for (let column = 0; column < layout.columns; column++)
    for (let row = 0; row < layout.rows.length; row++) {
      const x = (column + 0.5) * layout.pitchX
      const y = rowTop(layout, row) + layout.pitchY / 2
      assert.deepEqual(tileAt(layout, x, y), { column, row })
    }
  assert.equal(tileAt(layout, layout.width + 1, 50), undefined)
  assert.equal(tileAt(layout, -1, 50), undefined)
  assert.deepEqual(tileAt(layout, 1, 0), { column: 0, row: 0 })
  assert.deepEqual(tileAt(layout, 1, 9_999), { column: 0, row: 2 })
})

test('only the columns of the window are drawn', () => {
  const columns = long(6_190, 20)
  const layout = layOut(columns, rowsOf(columns), 1_300)
  assert.deepEqual(columnsIn(layout, 0, 1_300), [0, 100])
  assert.deepEqual(columnsIn(layout, 20, 1_300), [1, 102])
  assert.deepEqual(columnsIn(layout, layout.width - 1_300, 1_300), [6_090, 6_190])
})

test('who has not come to the round under way may still come', () => {
  assert.equal(stateAt(three, { role: 'miner', slot: 1 }, 0), 'absent')
  assert.equal(stateAt(three, { role: 'miner', slot: 0 }, 2), 'waiting')
  assert.equal(stateAt(three, { role: 'validator', slot: 0 }, 1), 'refused')
  assert.equal(stateAt(three, { role: 'validator', slot: 7 }, 1), 'none')
})

test('keys move by a tile, by a window, to the ends, and never out', () => {
  const layout = layOut(three, rowsOf(three), 300)
  assert.deepEqual(step(layout, undefined, 'ArrowLeft', 10), { column: 2, row: 0 })
  assert.deepEqual(step(layout, { column: 2, row: 0 }, 'ArrowLeft', 10), { column: 1, row: 0 })
  assert.deepEqual(step(layout, { column: 2, row: 0 }, 'ArrowRight', 10), { column: 2, row: 0 })
  assert.deepEqual(step(layout, { column: 1, row: 1 }, 'ArrowDown', 10), { column: 1, row: 2 })
  assert.deepEqual(step(layout, { column: 1, row: 0 }, 'PageUp', 10), { column: 0, row: 0 })
  assert.deepEqual(step(layout, { column: 1, row: 0 }, 'End', 10), { column: 2, row: 0 })
})
