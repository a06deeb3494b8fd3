import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commitsClosed, scoresClosed } from './publishWhen.ts'
import { RunStory } from './testing/runStory.ts'

test('a contribution may be seen once nobody can commit a copy of it', () => {
  const story = new RunStory()
  assert.equal(commitsClosed(story.state, 1n), false, 'no round is open')
  story.openRound()
  assert.equal(commitsClosed(story.state, 1n), false, 'training')
  story.commit(0).callCommits()
  assert.equal(story.state.phase, 'Commit')
  assert.equal(commitsClosed(story.state, 1n), false, 'others still commit')
  story.openReveal()
  assert.equal(commitsClosed(story.state, 1n), true)
  story.void('NothingRevealed').openRound()
  assert.equal(commitsClosed(story.state, 1n), true, 'it is over')
  assert.equal(commitsClosed(story.state, 2n), false)
  assert.equal(commitsClosed(story.state, 3n), false, 'not before it opens either')
})

test('receipts may be seen once nobody can commit a copy of the scores', () => {
  const story = new RunStory({ miners: 1, params: { roundsPerEpoch: 1 } })
  const round = (): RunStory => story.openRound().commit(0).openReveal().void('NothingRevealed')
  round()
  assert.equal(scoresClosed(story.state, 1n), false, 'its epoch is open')
  story.closeEpoch()
  assert.equal(scoresClosed(story.state, 1n), false, 'scores are being committed')
  story.openRound()
  assert.equal(scoresClosed(story.state, 1n), false, 'whatever the round is')
  story.openScoreReveal(story.state.epochs.get(1n))
  assert.equal(scoresClosed(story.state, 1n), true)
  story.settle(1n)
  assert.equal(scoresClosed(story.state, 1n), true)
  assert.equal(scoresClosed(story.state, 2n), false)
})
