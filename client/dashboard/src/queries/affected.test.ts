import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LiveMessage } from '@tessera/indexer/api/status'
import { isAffected } from './affected.ts'

const account = `0x${'aa'.repeat(20)}` as const
const quiet: LiveMessage = {
  block: { number: 5, hash: `0x${'11'.repeat(32)}`, timestamp: 1 },
  runs: [],
  accounts: [],
  reorg: false,
  observed: [],
}

test('an empty block makes only the status old', () => {
  assert.equal(isAffected(['status', {}], quiet), true)
  for (const key of [['runs', {}], ['run', { run: 1 }], ['holder', { address: account }], ['config']])
    assert.equal(isAffected(key, quiet), false)
})

test('an event of a run makes that run old and no other', () => {
  const message = { ...quiet, runs: [1] }
  assert.equal(isAffected(['series', { run: 1 }], message), true)
  assert.equal(isAffected(['series', { run: '1' }], message), true)
  assert.equal(isAffected(['series', { run: 2 }], message), false)
  assert.equal(isAffected(['run', { run: 2 }], { ...quiet, observed: [2] }), true)
})

test('an event of a holder makes its page old', () => {
  const message = { ...quiet, accounts: [account] }
  assert.equal(isAffected(['holder', { address: account }], message), true)
  assert.equal(isAffected(['holder', { address: `0x${'bb'.repeat(20)}` }], message), false)
})

test('after a reorganisation nothing is believed but the configuration', () => {
  const message = { ...quiet, reorg: true }
  assert.equal(isAffected(['checkpoints', { run: 9 }], message), true)
  assert.equal(isAffected(['config'], message), false)
})
