import assert from 'node:assert/strict'
import { test } from 'node:test'
import { votesEndAt } from '@tessera/protocol/runView'
import { readingDeadline } from './readingDeadline.ts'
import { RunStory } from './testing/runStory.ts'

const LEAST_MS = 5_000
const CATCH_UP_MS = 120_000

/** In reveal, with one contribution. */
const story = () => new RunStory({ miners: 1 }).openRound().commit(0).openReveal()

test('a contribution is read until the votes on its round end', () => {
  const { view } = story()
  const { round, params } = view.state
  const end = round!.deadline + BigInt(params!.attestSeconds)
  assert.equal(votesEndAt(view.state, 1n), end)
  const left = Number(end - view.block.timestamp) * 1_000
  assert.ok(left > LEAST_MS)
  assert.equal(readingDeadline(view, 1n), left)
})

test('all that are begun at one look at the chain have one end', () => {
  const { view } = story()
  const later = { ...view, block: { ...view.block, timestamp: view.block.timestamp + 3n } }
  assert.equal(readingDeadline(view, 1n) - readingDeadline(later, 1n), 3_000)
})

test('while validators attest, it is read until the present phase ends', () => {
  const { view } = story()
  const attesting = { ...view.state, phase: 'Attest' as const }
  assert.equal(votesEndAt(attesting, 1n), view.state.round!.deadline)
})

test('one that the chain is late to end still has a little time', () => {
  const { view } = story()
  const late = { ...view, block: { ...view.block, timestamp: view.block.timestamp + 10n ** 6n } }
  assert.equal(readingDeadline(late, 1n), LEAST_MS)
})

test('a round that is over, or not known, has the time to catch up', () => {
  const { view } = story()
  assert.equal(readingDeadline(view, 7n), CATCH_UP_MS)
  assert.equal(readingDeadline(undefined, 1n), CATCH_UP_MS)
  const over = story().void('NothingRevealed').view
  assert.equal(votesEndAt(over.state, 1n), undefined)
  assert.equal(readingDeadline(over, 1n), CATCH_UP_MS)
  assert.equal(votesEndAt(new RunStory({ miners: 1 }).openRound().view.state, 1n), undefined)
})
