import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { roundsToKeep } from './roundsToKeep.ts'
import { RunStory } from './testing/runStory.ts'

const YEAR = 365 * 86_400

/** Rounds without a contribution, each an epoch unless said otherwise; the last one is open. */
function story(rounds: number, { roundsPerEpoch = 1, settled = rounds, seconds = 100 } = {}): RunStory {
  const story = new RunStory({ miners: 1, params: { roundsPerEpoch } }).openRound()
  for (let round = 1; round < rounds; round++) {
    story.wait(seconds).commit(0).openReveal().void('NothingRevealed')
    if (round % roundsPerEpoch === 0) {
      story.closeEpoch()
      // No more than eight epochs wait to be settled.
      if (round / roundsPerEpoch <= Math.max(settled, rounds / roundsPerEpoch - 7)) story.openScoreReveal().settle()
    }
    story.openRound()
  }
  return story
}

describe('roundsToKeep', () => {
  test('nothing is old before the first round', () => {
    const view = new RunStory().view
    assert.deepEqual(roundsToKeep(view, { keepRounds: 8, disputeSeconds: 0 }), {
      keepFromRound: 0,
      protectedFromRound: 0,
    })
  })

  test('rounds older than those kept are not, once nothing else holds them', () => {
    const rule = { keepRounds: 3, disputeSeconds: 0 }
    assert.deepEqual(roundsToKeep(story(9).wait(1_000).view, rule), { keepFromRound: 6, protectedFromRound: 9 })
  })

  test('rounds of epochs that are not settled are protected, however many', () => {
    const open = story(9, { roundsPerEpoch: 20 }).view
    assert.deepEqual(roundsToKeep(open, { keepRounds: 3, disputeSeconds: 0 }), {
      keepFromRound: 1,
      protectedFromRound: 1,
    })
    const unpaid = story(4, { settled: 0 }).view
    assert.equal(roundsToKeep(unpaid, { keepRounds: 1, disputeSeconds: 0 }).protectedFromRound, 1)
  })

  test('a round is protected until its dispute window is over for certain', () => {
    const run = story(9, { seconds: 1_000 })
    const at = (disputeSeconds: number) => roundsToKeep(run.view, { keepRounds: 3, disputeSeconds })
    assert.deepEqual(at(YEAR), { keepFromRound: 1, protectedFromRound: 1 })
    assert.ok(at(0).protectedFromRound < 9, 'the last one may have ended just now')
    const within = at(3_500)
    assert.ok(
      within.protectedFromRound <= 6 && within.protectedFromRound >= 4,
      `from round ${within.protectedFromRound}`,
    )
    assert.equal(within.keepFromRound, Math.min(6, within.protectedFromRound))
    run.wait(10_000)
    assert.equal(at(3_500).protectedFromRound, 9, 'time passes without a round')
  })

  test('never lets go of what is protected, and protects no less with a longer window', () => {
    const scene = fc.record({
      rounds: fc.integer({ min: 1, max: 12 }),
      roundsPerEpoch: fc.integer({ min: 1, max: 4 }),
      settled: fc.integer({ min: 0, max: 12 }),
      seconds: fc.integer({ min: 1, max: 500 }),
      keepRounds: fc.integer({ min: 1, max: 12 }),
      window: fc.integer({ min: 0, max: 3_000 }),
    })
    fc.assert(
      fc.property(scene, ({ keepRounds, window, rounds, ...how }) => {
        const { view } = story(rounds, how)
        const kept = roundsToKeep(view, { keepRounds, disputeSeconds: window })
        const longer = roundsToKeep(view, { keepRounds, disputeSeconds: window + 100 })
        assert.ok(kept.keepFromRound <= kept.protectedFromRound && kept.protectedFromRound <= rounds)
        assert.ok(longer.protectedFromRound <= kept.protectedFromRound)
        for (const { id, epoch } of view.state.rounds) {
          const isPaid = view.state.epochs.get(epoch)?.phase === 'Settled'
          if (!isPaid) assert.ok(id >= kept.protectedFromRound, `round ${id} of an unpaid epoch`)
        }
      }),
      { numRuns: 60 },
    )
  })
})
