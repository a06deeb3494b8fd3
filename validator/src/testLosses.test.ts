import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunStory } from '@tessera/node/testing/runStory'
import { tinyRun } from '@tessera/node/testing/tinyRun'
import { drawnTestSamples, ownTestSamples } from '@tessera/protocol/assignment'
import { countSlots } from '@tessera/protocol/bitmap'
import { overlapSeed } from '@tessera/protocol/seeds'
import type { Evaluator as LossProgram } from '@tessera/training/evaluator'
import { TestLosses } from './testLosses.ts'

const { bundle } = await tinyRun()
const { steps, batch } = bundle.manifest.training
const { trainSamples } = bundle.data
const COMMON = { trainSamples, assigned: steps * batch, count: bundle.manifest.evaluation.samples }

/** Whose samples are their own numbers. */
function losses(overlap: boolean): TestLosses {
  const { manifest, model } = bundle
  const data = { ...bundle.data, samples: (numbers: readonly number[]) => Promise.resolve(Int32Array.from(numbers)) }
  return new TestLosses({
    bundle: { model, data, manifest: { ...manifest, training: { ...manifest.training, overlap } } },
    program: {} as LossProgram,
    signal: new AbortController().signal,
  })
}

/** In its second round, whose commits have closed. */
function second(): RunStory {
  const story = new RunStory({ miners: 3 }).openRound().commit(0).callCommits().openReveal()
  story.void('NothingRevealed').leave('miner', 0)
  return story.openRound().commit(2).callCommits().openReveal()
}

test('samples are those of the round by its own seed and its members', async () => {
  const { state, round } = second()
  const seeds = { ...COMMON, trainSeed: round.trainSeed, testSeed: round.testSeed }
  const drawn = drawnTestSamples({ ...seeds, minerCount: countSlots(round.miners) })
  assert.deepEqual([...(await losses(false).drawn(state, 2n))], drawn)
  const own = ownTestSamples({ ...seeds, rank: 1, used: batch })
  assert.deepEqual([...(await losses(false).own(state, 2n, 2, batch))], own)
})

test('where rounds overlap they are those of the seed before, by slot', async () => {
  const { state, round } = second()
  const [before] = state.rounds
  assert.ok(before !== undefined && state.params !== null)
  const seeds = { ...COMMON, trainSeed: overlapSeed(before.testSeed), testSeed: round.testSeed }
  const drawn = drawnTestSamples({ ...seeds, minerCount: state.params.maxMiners })
  assert.deepEqual([...(await losses(true).drawn(state, 2n))], drawn)
  const own = ownTestSamples({ ...seeds, rank: 2, used: batch })
  assert.deepEqual([...(await losses(true).own(state, 2n, 2, batch))], own)
})
