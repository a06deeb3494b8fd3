import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { freshFees, replacementFees } from './fees.ts'

const wei = fc.bigInt({ min: 0n, max: 10n ** 13n })

test('fresh fees bear five full blocks', () => {
  fc.assert(
    fc.property(wei, wei, (base, priority) => {
      const { maxFeePerGas, maxPriorityFeePerGas } = freshFees(base, priority)
      let grown = base
      for (let block = 0; block < 5; block++) grown += grown / 8n
      assert.ok(maxFeePerGas >= grown + maxPriorityFeePerGas)
    }),
  )
})

test('a replacement pays at least a tenth more of both, and no less than is fresh', () => {
  fc.assert(
    fc.property(wei, wei, wei, wei, (base, priority, laterBase, laterPriority) => {
      const earlier = freshFees(base, priority)
      const fresh = freshFees(laterBase, laterPriority)
      const fees = replacementFees(earlier, fresh)
      for (const name of ['maxFeePerGas', 'maxPriorityFeePerGas'] as const) {
        assert.ok(fees[name] * 10n >= earlier[name] * 11n, name)
        assert.ok(fees[name] > earlier[name], name)
        assert.ok(fees[name] >= fresh[name], name)
      }
    }),
  )
})
