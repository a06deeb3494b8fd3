import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathOf, type TileState, tileOf, tiles } from './tiles.ts'

test('characters of the series are tiles, others are none', () => {
  assert.deepEqual(
    [...'.acriz'].map((character) => tileOf('miner', character)),
    ['none', 'absent', 'committed', 'revealed', 'included', 'none'],
  )
  assert.deepEqual(
    [...'.avwx'].map((character) => tileOf('validator', character)),
    ['none', 'absent', 'attested', 'worse', 'refused'],
  )
  assert.equal(tileOf('miner', undefined), 'none')
})

test('no two states of a role look the same but for their colour', () => {
  const shapes = (states: readonly TileState[]): Set<string> => new Set(states.map((state) => pathOf(state, 10)))
  assert.equal(shapes(['none', 'absent', 'committed', 'revealed', 'included']).size, 5)
  assert.equal(shapes(['none', 'absent', 'attested', 'worse', 'refused']).size, 5)
})

test('a shape is a closed path in its square', () => {
  assert.equal(pathOf('included', 10), 'M0 0L10 0L10 10L0 10Z')
  for (const state of Object.keys(tiles) as TileState[]) assert.match(pathOf(state, 12), /^M[\d. LMZ]+Z$/)
})
