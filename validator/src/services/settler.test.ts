import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '@tessera/chain/actions/settle'
import type { Followed } from '@tessera/chain/follow'
import { DEPLOYMENT, Sent } from '@tessera/node/testing/recorders'
import { RunStory } from '@tessera/node/testing/runStory'
import { hash32, madeUpOpening, RUN } from '@tessera/node/testing/storyParts'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import { encodeScores } from '@tessera/protocol/scoreCommitment'
import { Settler } from './settler.ts'

/** One epoch of one round; the scores of these validators, for the first two miners, are sealed. */
function sealed(
  scores: ReadonlyMap<number, readonly number[]>,
  story = new RunStory({ params: { roundsPerEpoch: 1 } }),
) {
  story.toAttest(new Map([0, 1].map((slot) => [slot, madeUpOpening(story.block, slot)])))
  story.propose([0, 1], hash32('root', story.block)).finalize().closeEpoch()
  for (const [slot, [one = 0, two = 0]] of scores)
    story.commitScores(slot, {
      scores: Uint16Array.from({ length: story.params.maxMiners }, (_, miner) => [one, two][miner] ?? 0),
      receiptsDigest: hash32('receipts'),
      receiptsSize: 1n,
      salt: hash32('salt', slot),
    })
  return story.openScoreReveal()
}

const bytes = (...scores: readonly number[]): Hex =>
  bytesToHex(encodeScores(Uint16Array.of(...scores, 0, 0, 0, 0, 0, 0)))

const ALL = new Map([
  [2, [30, 40]],
  [0, [10, 60]],
  [1, [20, 50]],
])
const SETTLE = settle(DEPLOYMENT, {
  run: RUN,
  epoch: 1n,
  vectors: [bytes(10, 60), bytes(20, 50), bytes(30, 40)],
  medians: bytes(20, 50),
})

function settler(patience: (view: Followed) => number = () => 0) {
  const sent = new Sent()
  const service = new Settler({ run: RUN, deployment: DEPLOYMENT, actor: sent.actor, patience })
  const look = async (story: RunStory) => {
    await service.step(story.view)
    return sent.take()
  }
  return { sent, look }
}

test('settles with the opened vectors in order of slot and their medians, once', async () => {
  const { look } = settler()
  const story = sealed(ALL)
  for (const slot of [2, 1]) assert.deepEqual(await look(story.revealScores(slot)), [], 'one is still to come')
  assert.deepEqual(await look(story.revealScores(0)), [SETTLE])
  assert.deepEqual(await look(story.settle()), [])
})

test('settles without those that never opened, when their time is over', async () => {
  const { look } = settler()
  const story = sealed(ALL).revealScores(0).revealScores(2)
  const { deadline } = story.epoch
  assert.deepEqual(await look(story.wait(deadline - 1n - story.now)), [])
  const vectors = [bytes(10, 60), bytes(30, 40)]
  const medians = bytes(10, 40)
  // The next block is later than the deadline.
  assert.deepEqual(await look(story.wait(1)), [settle(DEPLOYMENT, { run: RUN, epoch: 1n, vectors, medians })])
})

test('settles an epoch that nobody has scored, so that its pot returns', async () => {
  const { look } = settler()
  const story = sealed(new Map())
  assert.deepEqual(await look(story), [settle(DEPLOYMENT, { run: RUN, epoch: 1n, vectors: [], medians: '0x' })])
  const { granted } = story.state
  assert.equal(story.settle().state.granted, granted + story.params.epochPot)
})

test('goes on where somebody left off that settles page by page', async () => {
  const { look } = settler()
  const story = sealed(ALL, new RunStory({ params: { roundsPerEpoch: 1, maxMiners: 20 } }))
  for (const slot of [0, 1, 2]) story.revealScores(slot)
  story.settlePage(1n, 8)
  const vectors = [...story.epoch.opened.values()].sort((a, b) => a.slot - b.slot).map(({ scores }) => scores)
  const rest = (slots: number) =>
    settle(DEPLOYMENT, { run: RUN, epoch: 1n, vectors, medians: `0x${'0000'.repeat(slots)}` })
  assert.deepEqual(await look(story), [rest(12)])
  story.settlePage(1n, 8)
  assert.deepEqual(await look(story), [rest(4)])
  assert.deepEqual(await look(story.settle(1n)), [])
})

test('lets others go first for as many blocks as it is told', async () => {
  const { look } = settler(() => 2)
  const story = sealed(ALL).revealScores(0).revealScores(1).revealScores(2)
  assert.deepEqual(await look(story), [])
  assert.deepEqual(await look(story), [])
  assert.deepEqual(await look(story.wait(1)), [])
  assert.deepEqual(await look(story.wait(1)), [SETTLE])
})

test('waits anew for each epoch', async () => {
  const { look } = settler(() => 2)
  const story = sealed(ALL).revealScores(0).revealScores(1).revealScores(2)
  await look(story)
  story.settle()
  sealed(ALL, story).revealScores(0).revealScores(1).revealScores(2)
  assert.deepEqual(await look(story), [])
  assert.deepEqual(await look(story.wait(1)), [])
  const [request] = await look(story.wait(1))
  assert.deepEqual(
    request,
    settle(DEPLOYMENT, {
      run: RUN,
      epoch: 2n,
      vectors: [bytes(10, 60), bytes(20, 50), bytes(30, 40)],
      medians: bytes(20, 50),
    }),
  )
})

test('waits anew for what was ready before the chain lost blocks', async () => {
  const { look } = settler(() => 2)
  const before = sealed(ALL).revealScores(0).revealScores(1)
  const lost = before.fork('b').revealScores(2)
  await look(lost)
  await look(before)
  const again = before.wait(1, 5n).revealScores(2)
  assert.deepEqual(await look(again), [])
  assert.deepEqual(await look(again.wait(1, 2n)), [SETTLE])
})

test('tries again what was refused', async () => {
  const { look, sent } = settler()
  sent.reply = () => 'EpochNotDue'
  const story = sealed(ALL).revealScores(0).revealScores(1).revealScores(2)
  assert.deepEqual(await look(story), [SETTLE])
  assert.deepEqual(await look(story), [SETTLE])
})
