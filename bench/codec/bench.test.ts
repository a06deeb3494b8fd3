import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireSame } from './bench.ts'

test('a peer that decodes something else than it sent is not measured', () => {
  requireSame(1e-6)
  for (const drift of [0.01, Number.NaN]) assert.throws(() => requireSame(drift), { code: 'bench/peer-wrong' })
})
