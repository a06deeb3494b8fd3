import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tiled, tiledUpdate } from './gradients.ts'

test('tiling repeats the rows of each tensor, not the model', () => {
  const shapes = [[2, 2], [3]]
  assert.deepEqual(tiled(shapes, 2), [[4, 2], [6]])
  assert.deepEqual(
    [...tiledUpdate(Float32Array.of(1, 2, 3, 4, 5, 6, 7), shapes, 2)],
    [1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 5, 6, 7],
  )
})
