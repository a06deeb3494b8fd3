import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { includedIn, lineageOf, revealedIn, roundOf, slotOf, sourcesFor } from '@tessera/protocol/runView'
import { author, mirror, peer } from '@tessera/storage/testSource'
import { RunStory } from './testing/runStory.ts'
import { hash32, madeUpOpening, minerAddress, RUN, validatorAddress } from './testing/storyParts.ts'

const ROOT = hash32('genesis')

describe('rounds', () => {
  test('are found by number while they last and afterwards', () => {
    const story = new RunStory()
    assert.equal(roundOf(story.state, 1n), undefined)
    story.openRound().callCommits().void('NothingRevealed').openRound()
    assert.equal(roundOf(story.state, 1n), story.state.rounds[0])
    assert.equal(roundOf(story.state, 2n), story.round)
    assert.equal(roundOf(story.state, 3n), undefined)
    assert.equal(roundOf(story.state, 0n), undefined)
    story.callCommits().void('NothingRevealed')
    assert.equal(roundOf(story.state, 2n)?.end?.kind, 'void')
  })

  test('that are void leave no trace in the lineage', () => {
    const story = new RunStory({ params: { roundsPerEpoch: 5 } })
    assert.deepEqual(lineageOf(story.state), [])
    story.toAttest(new Map([[0, madeUpOpening(1)]])).propose([0], hash32('one'))
    story.finalize().openRound().callCommits().void('NothingRevealed')
    story.toAttest(new Map([[1, madeUpOpening(3)]])).propose([1], hash32('three'))
    assert.equal(lineageOf(story.state).length, 1)
    story.finalize()
    assert.deepEqual(lineageOf(story.state), [
      { round: 1n, parentRoot: ROOT, root: hash32('one') },
      { round: 3n, parentRoot: hash32('one'), root: hash32('three') },
    ])
  })
})

describe('contributions', () => {
  const story = new RunStory({ miners: 3, params: { roundsPerEpoch: 5 } })
  const openings = [0, 1, 2].map((slot) => madeUpOpening(slot))
  story.openRound()
  for (const slot of [0, 1, 2]) story.commit(slot, openings[slot])
  story.openReveal()

  test('are given as they were revealed, in the order in which they were', () => {
    assert.deepEqual(revealedIn(story.state, 1n), [])
    story.reveal(2, 0)
    const shown = revealedIn(story.state, 1n)
    assert.deepEqual(
      shown.map(({ slot }) => slot),
      [2, 0],
    )
    const { contributionRoot, digest, size } = openings[2]!
    const [first] = shown
    assert.deepEqual(
      { ...first },
      {
        run: RUN,
        round: 1n,
        slot: 2,
        operator: minerAddress(2),
        contributionRoot,
        digest,
        size,
        salt: openings[2]!.salt,
        order: 0,
        baseRoot: ROOT,
      },
    )
    assert.deepEqual(revealedIn(story.state, 2n), [])
  })

  test('that a final round included are those of its bitmap', () => {
    story.reveal(1).drawLeader()
    assert.deepEqual(includedIn(story.state, 1n), [])
    story.propose([1, 2], hash32('next')).finalize()
    assert.deepEqual(
      includedIn(story.state, 1n).map(({ slot }) => slot),
      [2, 1],
    )
    assert.deepEqual(includedIn(story.state, 2n), [])
  })

  test('of a past round keep their operators when slots change hands', () => {
    assert.deepEqual(
      revealedIn(story.leave('miner', 2).state, 1n).map(({ operator }) => operator),
      [minerAddress(2), minerAddress(0), minerAddress(1)],
    )
  })
})

describe('slots', () => {
  test('belong to an operator in a role, also while it is leaving', () => {
    const story = new RunStory()
    assert.equal(slotOf(story.state, 'miner', minerAddress(1)), 1)
    assert.equal(slotOf(story.state, 'validator', minerAddress(1)), undefined)
    assert.equal(slotOf(story.state, 'validator', validatorAddress(2)), 2)
    assert.equal(slotOf(story.state, 'miner', minerAddress(9)), undefined)
    // It still has to reveal, to score and to be paid.
    story.openRound().leave('miner', 1)
    assert.equal(slotOf(story.state, 'miner', minerAddress(1)), 1)
  })
})

describe('sources', () => {
  const [miner0, miner1, validator0] = [minerAddress(0), minerAddress(1), validatorAddress(0)]
  const story = new RunStory({ stakes: [100n] })
    .setEndpoint(miner0, 'https://miner0')
    .setEndpoint(miner1, 'https://miner1')
    .setEndpoint(validator0, 'https://validator0')
    .setEndpoint(minerAddress(7), 'https://stranger')
  const LAST = mirror('https://mirror')
  const ask = (more: Partial<Parameters<typeof sourcesFor>[0]>) =>
    sourcesFor({
      state: story.state,
      author: miner0,
      self: validator0,
      mirrors: ['https://mirror'],
      random: () => 0,
      ...more,
    })

  test('begin with the author and end with the mirrors, each with its role', () => {
    assert.deepEqual(ask({}), [author('https://miner0'), peer('https://miner1'), LAST])
    const unknown = ask({ author: undefined, self: miner1 })
    assert.deepEqual(unknown, [peer('https://miner0'), peer('https://validator0'), LAST])
  })

  test('leave oneself out, also as the author', () => {
    assert.deepEqual(ask({ self: miner0 }), [peer('https://miner1'), peer('https://validator0'), LAST])
  })

  test('are asked in another order each time', () => {
    const keys = [0.9, 0.1]
    const random = () => keys.shift() ?? 0
    const asked = ask({ self: minerAddress(5), random })
    assert.deepEqual(asked, [author('https://miner0'), peer('https://validator0'), peer('https://miner1'), LAST])
  })

  test('are the mirrors alone before the chain is known, and none twice: the first role counts', () => {
    assert.deepEqual(ask({ state: undefined }), [LAST])
    const twice = ask({ mirrors: ['https://miner0', 'https://miner1', 'https://mirror'] })
    assert.deepEqual(twice, [author('https://miner0'), peer('https://miner1'), LAST])
  })

  test('do without those that have published none', () => {
    const bare = new RunStory({ stakes: [100n] })
    assert.deepEqual(ask({ state: bare.state }), [LAST])
    assert.deepEqual(ask({ state: bare.state, author: minerAddress(9) }), [LAST])
  })
})
