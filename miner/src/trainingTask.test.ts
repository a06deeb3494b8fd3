import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunStory } from '@tessera/node/testing/runStory'
import { hash32, minerAddress } from '@tessera/node/testing/storyParts'
import { overlapSeed } from '@tessera/protocol/seeds'
import { isWanted, type TrainingTask, taskIn } from './trainingTask.ts'

const APART = { overlap: false }
const OVERLAP = { overlap: true }

/** Up to the reveals of the present round. */
function revealing(story: RunStory): RunStory {
  return story.commit(0).commit(1).openReveal()
}

/** The rest of it: an empty proposal that everyone likes, which is void, or one that moves the state. */
function ending(story: RunStory, nextRoot = hash32('next', story.round.id)): RunStory {
  return story.reveal(0, 1).drawLeader().propose([0, 1], nextRoot).finalize()
}

function must(task: TrainingTask | undefined): TrainingTask {
  assert.ok(task !== undefined)
  return task
}

test('a round of its own is trained while it is open, by its members', () => {
  const story = new RunStory()
  assert.equal(taskIn(story.state, 1, APART), undefined)
  story.openRound()
  const { trainSeed: seed, parentRoot: baseRoot } = story.round
  assert.deepEqual(taskIn(story.state, 1, APART), { round: 1n, seed, baseRoot, slot: 1, rank: 1 })
  assert.equal(taskIn(story.state, 7, APART), undefined)
  assert.equal(taskIn(story.state, undefined, APART), undefined)
  for (const after of [story.callCommits(), revealing(story), ending(story)])
    assert.equal(taskIn(after.state, 1, APART), undefined)
})

test('with overlap the next round is trained from the moment at which commits close, until it is decided', () => {
  const story = new RunStory().openRound()
  assert.equal(taskIn(story.state, 1, OVERLAP)?.round, 1n)
  assert.equal(taskIn(story.callCommits().state, 1, OVERLAP), undefined)
  revealing(story)
  const { testSeed, parentRoot: baseRoot } = story.round
  const task = { round: 2n, seed: overlapSeed(testSeed), baseRoot, slot: 1, rank: 1 }
  assert.deepEqual(taskIn(story.state, 1, OVERLAP), task)
  const steps = [
    () => story.reveal(0, 1),
    () => story.drawLeader(),
    () => story.propose([0], hash32('next')),
    () => story.finalize(),
    () => story.openRound(),
  ]
  for (const step of steps) {
    const { state } = step()
    assert.deepEqual(taskIn(state, 1, OVERLAP), task)
    assert.ok(isWanted(state, task, OVERLAP))
  }
  // Commitments are still taken, but nothing is begun for them any more.
  story.commit(0).callCommits()
  assert.ok(isWanted(story.state, task, OVERLAP))
  assert.equal(taskIn(story.state, 1, OVERLAP), undefined)
  story.commit(1).openReveal()
  assert.ok(!isWanted(story.state, task, OVERLAP))
  assert.equal(taskIn(story.state, 1, OVERLAP)?.round, 3n)
})

test('with overlap a round without commitments leaves nothing to begin before the next one opens', () => {
  const story = new RunStory().openRound().callCommits().void('NothingRevealed')
  assert.equal(taskIn(story.state, 1, OVERLAP), undefined)
  const { trainSeed: seed } = story.openRound().round
  assert.equal(taskIn(story.state, 1, OVERLAP)?.seed, seed)
})

test('with overlap a task of a round that ends void in another way is the same before and after', () => {
  const story = revealing(new RunStory().openRound())
  const task = must(taskIn(story.state, 1, OVERLAP))
  story.void('NothingRevealed')
  assert.ok(isWanted(story.state, task, OVERLAP))
  assert.ok(isWanted(story.openRound().state, task, OVERLAP))
  assert.deepEqual(taskIn(story.state, 1, OVERLAP), task)
})

test('nobody trains for a round that the run has not, or that one has left before', () => {
  const last = revealing(new RunStory({ params: { maxRounds: 1n } }).openRound())
  assert.equal(taskIn(last.state, 1, OVERLAP), undefined)
  const story = revealing(new RunStory().openRound())
  const task = must(taskIn(story.state, 1, OVERLAP))
  story.leave('miner', 1)
  assert.equal(taskIn(story.state, 1, OVERLAP), undefined)
  assert.ok(!isWanted(story.state, task, OVERLAP))
  assert.ok(isWanted(story.state, must(taskIn(story.state, 0, OVERLAP)), OVERLAP))
})

test('who joins before the next round opens has a task in it, by its slot', () => {
  const story = revealing(new RunStory({ miners: 2 }).openRound()).join('miner', minerAddress(9))
  const task = must(taskIn(story.state, 2, OVERLAP))
  assert.deepEqual([task.round, task.rank], [2n, 2])
  assert.ok(isWanted(ending(story).openRound().state, task, OVERLAP))
})

test('a task whose seed a chain lost is not wanted', () => {
  const before = new RunStory({ chain: 'a' }).openRound()
  const lost = revealing(before.fork('lost'))
  const task = must(taskIn(lost.state, 1, OVERLAP))
  assert.ok(!isWanted(before.state, task, OVERLAP))
  assert.ok(!isWanted(revealing(before.fork('b')).state, task, OVERLAP))
})
