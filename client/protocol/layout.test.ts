import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLayout, MAX_PARAMETERS } from './layout.ts'

test('chunks cover each tensor in order and never cross one', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 64 }), (tensorSizes, chunkSize) => {
      const layout = createLayout(tensorSizes, chunkSize)
      let next = 0
      for (const [i, { index, offset, valid, tensor }] of layout.chunks.entries()) {
        assert.equal(index, i)
        assert.equal(offset, next)
        const end = tensorSizes.slice(0, tensor + 1).reduce((sum, size) => sum + size, 0)
        assert.ok(valid === chunkSize || offset + valid === end, 'only the last chunk of a tensor is short')
        assert.ok(valid >= 1 && offset + valid <= end)
        next = offset + valid
      }
      assert.equal(next, layout.parameters)
      assert.equal(
        layout.chunks.length,
        tensorSizes.reduce((sum, size) => sum + Math.ceil(size / chunkSize), 0),
      )
    }),
  )
})

test('hostile sizes are refused before anything is made of them', () => {
  const bad: [number[], number?][] = [
    [[]],
    [[0]],
    [[-5]],
    [[1.5]],
    [[Number.NaN]],
    [[2 ** 53]],
    [[MAX_PARAMETERS, 1]],
    [[1], 0],
    [[1], 4097],
    [[1], 1.5],
  ]
  for (const [sizes, chunkSize] of bad)
    assert.throws(() => createLayout(sizes, chunkSize), { code: 'layout/invalid' }, `${sizes} ${chunkSize}`)
})
