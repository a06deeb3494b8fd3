import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openJournal, tempFolder } from '@tessera/node/testing/parts'
import { hash32, minerAddress } from '@tessera/node/testing/storyParts'
import type { Hex } from '@tessera/protocol/hex'
import type { Outcome } from '@tessera/protocol/score'
import { readOutcomes, saveOutcomes } from './outcomeBook.ts'

const SEED = hash32('train', 1)
const OUTCOMES = new Map<Hex, Outcome>([
  [minerAddress(0), { kind: 'measured', ownBefore: 5.1, ownAfter: 4.9, drawnBefore: 5.3, drawnAfter: 0.1 + 0.2 }],
  [minerAddress(1), { kind: 'zero', reason: 'copied', detail: 'first sent as 1/0x00' }],
  [minerAddress(2), { kind: 'zero', reason: 'absent' }],
  [minerAddress(3), { kind: 'unmeasured' }],
])

test('what was found is read as it was written, also after a restart', async (t) => {
  const folder = await tempFolder(t)
  const journal = await openJournal(t, folder)
  assert.equal(readOutcomes(journal, 1n, SEED), undefined)
  saveOutcomes(journal, 1n, SEED, OUTCOMES)
  journal.close()
  assert.deepEqual(readOutcomes(await openJournal(t, folder), 1n, SEED), OUTCOMES)
})

test('losses that are no numbers stay what they are', async (t) => {
  const journal = await openJournal(t)
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const outcome: Outcome = { kind: 'measured', ownBefore: 5, ownAfter: bad, drawnBefore: 5, drawnAfter: bad }
    saveOutcomes(journal, 1n, SEED, new Map([[minerAddress(0), outcome]]))
    const found = readOutcomes(journal, 1n, SEED)?.get(minerAddress(0))
    assert.ok(found?.kind === 'measured')
    assert.equal(Number.isNaN(found.ownAfter), true)
    assert.equal(Number.isNaN(found.drawnAfter), true)
    assert.equal(found.ownBefore, 5)
  }
})

test('a round’s namesake on a chain that lost blocks was not measured', async (t) => {
  const journal = await openJournal(t)
  saveOutcomes(journal, 1n, SEED, OUTCOMES)
  assert.equal(readOutcomes(journal, 1n, hash32('other')), undefined)
  assert.equal(readOutcomes(journal, 2n, SEED), undefined)
  const others = new Map<Hex, Outcome>([[minerAddress(0), { kind: 'unmeasured' }]])
  saveOutcomes(journal, 1n, hash32('other'), others)
  assert.deepEqual(readOutcomes(journal, 1n, hash32('other')), others)
  assert.equal(readOutcomes(journal, 1n, SEED), undefined)
})
