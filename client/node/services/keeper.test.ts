import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advance } from '@tessera/chain/actions/advance'
import { advanceEpoch } from '@tessera/chain/actions/advanceEpoch'
import { release } from '@tessera/chain/actions/release'
import type { Followed } from '@tessera/chain/follow'
import { DEPLOYMENT, Sent } from '../testing/recorders.ts'
import { RunStory } from '../testing/runStory.ts'
import { hash32, madeUpOpening, minerAddress, RUN } from '../testing/storyParts.ts'
import { Keeper } from './keeper.ts'

const ADVANCE = advance(DEPLOYMENT, { run: RUN })

function keeper(patience: number | ((view: Followed) => number) = 0) {
  const sent = new Sent()
  const asNumber = typeof patience === 'number' ? () => patience : patience
  return { sent, keeper: new Keeper({ actor: sent.actor, deployment: DEPLOYMENT, run: RUN, patience: asNumber }) }
}

test('opens the first round of a run that can begin', async () => {
  const { sent, keeper: service } = keeper()
  await service.step(new RunStory().view)
  assert.deepEqual(sent.take(), [ADVANCE])
  await service.step(new RunStory({ params: { minMiners: 3 } }).view)
  assert.deepEqual(sent.take(), [])
})

test('moves the run on as soon as the next block is past the deadline, and not before', async () => {
  const { sent, keeper: service } = keeper()
  const story = new RunStory().openRound()
  const { deadline } = story.round
  await service.step(story.view)
  await service.step(story.wait(deadline - 1n - story.now).view)
  assert.deepEqual(sent.take(), [])
  await service.step(story.wait(1).view)
  assert.deepEqual(sent.take(), [ADVANCE])
})

test('each phase has its own deadline', async () => {
  const { sent, keeper: service } = keeper()
  const story = new RunStory({ miners: 3 }).openRound().commit(0).commit(1)
  const overdue = async () => {
    await service.step(story.view)
    assert.deepEqual(sent.take(), [], story.state.phase)
    await service.step(story.wait(story.round.deadline - story.now).view)
    assert.deepEqual(sent.take(), [ADVANCE], story.state.phase)
  }
  await overdue()
  story.callCommits()
  await overdue()
  story.openReveal().reveal(0)
  await overdue()
  story.drawLeader()
  await overdue()
  story.drawLeader()
  await overdue()
})

test('moves the run on at once when all have acted and nobody has moved it', async () => {
  const { sent, keeper: service } = keeper()
  const story = new RunStory().openRound().commit(0)
  const acted = async (last: RunStory) => {
    await service.step(last.view)
    assert.deepEqual(sent.take(), [ADVANCE], story.state.phase)
  }
  await service.step(story.view)
  assert.deepEqual(sent.take(), [])
  await acted(story.commit(1))
  await service.step(story.openReveal().reveal(1).view)
  assert.deepEqual(sent.take(), [])
  await acted(story.reveal(0))
  story.drawLeader().propose([0], hash32('next'))
  const [one = 0, two = 0] = [0, 1, 2].filter((slot) => slot !== story.round.leader)
  await service.step(story.refuse(one).view)
  assert.deepEqual(sent.take(), [])
  await acted(story.refuse(two))
})

test('lets others go first for as many blocks as it is told', async () => {
  const { sent, keeper: service } = keeper(3)
  const story = new RunStory().openRound()
  story.wait(story.round.deadline - story.now)
  for (const block of [0, 1, 2]) {
    await service.step(story.view)
    assert.deepEqual(sent.take(), [], `block ${block}`)
    // Looks are more frequent than blocks.
    await service.step(story.view)
    assert.deepEqual(sent.take(), [], `block ${block} again`)
    story.wait(1)
  }
  await service.step(story.view)
  assert.deepEqual(sent.take(), [ADVANCE])
})

test('its patience begins anew with each phase', async () => {
  const { sent, keeper: service } = keeper(2)
  const story = new RunStory().openRound().commit(0)
  await service.step(story.wait(story.round.deadline - story.now).view)
  await service.step(story.wait(1).view)
  // Somebody else did it.
  await service.step(story.callCommits().view)
  await service.step(story.wait(story.round.deadline - story.now, 5n).view)
  await service.step(story.wait(1).view)
  assert.deepEqual(sent.take(), [])
  await service.step(story.wait(1).view)
  assert.deepEqual(sent.take(), [ADVANCE])
})

test('patience may depend on the state', async () => {
  const { sent, keeper: service } = keeper(({ state }) => (state.phase === 'Train' ? 0 : 9))
  const story = new RunStory().openRound().commit(0)
  await service.step(story.wait(story.round.deadline - story.now).view)
  assert.equal(sent.take().length, 1)
  await service.step(story.callCommits().wait(1000).view)
  assert.equal(sent.take().length, 0)
})

test('a chain that lost blocks makes it wait longer and nothing else', async () => {
  const { sent, keeper: service } = keeper(2)
  const story = new RunStory().openRound()
  story.wait(story.round.deadline - story.now)
  await service.step(story.view)
  story.block -= 3n
  await service.step(story.view)
  assert.deepEqual(sent.take(), [])
  await service.step(story.wait(1, 5n).view)
  assert.deepEqual(sent.take(), [ADVANCE])
})

test('what is no longer due on a chain that lost blocks is waited for anew', async () => {
  const { sent, keeper: service } = keeper(2)
  const story = new RunStory().openRound()
  const { now, block } = story
  story.wait(story.round.deadline - story.now, 10n)
  await service.step(story.view)
  Object.assign(story, { now, block })
  await service.step(story.view)
  story.wait(story.round.deadline - story.now, 20n)
  await service.step(story.view)
  assert.deepEqual(sent.take(), [])
  await service.step(story.wait(1, 2n).view)
  assert.deepEqual(sent.take(), [ADVANCE])
})

test('what was refused is tried at the next look', async () => {
  const { sent, keeper: service } = keeper()
  sent.reply = () => 'RunNotDue'
  const story = new RunStory().openRound()
  story.wait(story.round.deadline - story.now)
  await service.step(story.view)
  sent.reply = () => undefined
  await service.step(story.view)
  assert.deepEqual(sent.take(), [ADVANCE, ADVANCE])
})

test('opens the reveals of every epoch whose time to commit scores is over', async () => {
  const { sent, keeper: service } = keeper()
  const story = new RunStory({ params: { roundsPerEpoch: 1, trainSeconds: 10_000, attestSeconds: 10_000 } })
  const voidRound = () => {
    story.toAttest(new Map([[0, madeUpOpening(story.block)]])).propose([], story.state.stateRoot)
    story.agree().void('NothingValid')
  }
  voidRound()
  story.closeEpoch()
  voidRound()
  story.closeEpoch().openRound()
  const [one, two] = [1n, 2n].map((epoch) => story.state.epochs.get(epoch)!)
  await service.step(story.wait(one!.deadline - 1n - story.now).view)
  assert.deepEqual(sent.take(), [])
  await service.step(story.wait(1).view)
  assert.deepEqual(sent.take(), [advanceEpoch(DEPLOYMENT, { run: RUN, epoch: 1n })])
  await service.step(story.wait(two!.deadline - story.now).view)
  assert.deepEqual(sent.take(), [
    advanceEpoch(DEPLOYMENT, { run: RUN, epoch: 1n }),
    advanceEpoch(DEPLOYMENT, { run: RUN, epoch: 2n }),
  ])
  // Revealing has a deadline too, but nothing to advance.
  story.openScoreReveal(one).openScoreReveal(two).wait(1000)
  await service.step(story.view)
  assert.deepEqual(sent.take(), [])
})

test('opens the reveals of scores at once when all have committed theirs', async () => {
  const { sent, keeper: service } = keeper()
  const story = new RunStory({ params: { roundsPerEpoch: 1 } }).openRound().callCommits().void('NothingRevealed')
  story.closeEpoch()
  const opening = { scores: new Uint16Array(8), receiptsDigest: hash32(), receiptsSize: 1n, salt: hash32() }
  for (const slot of [0, 1]) story.commitScores(slot, opening)
  const { epoch } = story
  await service.step(story.openRound().view)
  assert.deepEqual(sent.take(), [])
  await service.step(story.commitScores(2, opening, story.state.epochs.get(epoch.id)).view)
  assert.deepEqual(sent.take(), [advanceEpoch(DEPLOYMENT, { run: RUN, epoch: 1n })])
})

test('releases who has left once its epochs are settled, in its turn', async () => {
  const { sent, keeper: service } = keeper(1)
  const released = (role: 'miner' | 'validator', slot: number) => release(DEPLOYMENT, { run: RUN, role, slot })
  const story = new RunStory({ miners: 3, params: { roundsPerEpoch: 1, trainSeconds: 10_000 } }).openRound()
  story.leave('miner', 2).leave('validator', 0).join('miner', minerAddress(5)).leave('miner', 3)
  await service.step(story.view)
  assert.deepEqual(sent.take(), [], 'others go first')
  await service.step(story.wait(1).view)
  assert.deepEqual(sent.take(), [released('miner', 3)], 'it took part in nothing')
  story.release('miner', 3).callCommits().void('NothingRevealed').closeEpoch().openScoreReveal().openRound()
  await service.step(story.wait(1).view)
  await service.step(story.wait(1).view)
  assert.deepEqual(sent.take(), [])
  await service.step(story.settle(1n).view)
  await service.step(story.wait(1).view)
  assert.deepEqual(sent.take(), [released('miner', 2), released('validator', 0)])
  await service.step(story.release('miner', 2).release('validator', 0).wait(5).view)
  assert.deepEqual(sent.take(), [])
})
