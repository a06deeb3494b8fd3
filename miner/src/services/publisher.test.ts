import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Journal } from '@tessera/agent/journal'
import { commit } from '@tessera/chain/actions/commit'
import { reveal } from '@tessera/chain/actions/reveal'
import { withAdvance } from '@tessera/chain/actions/withAdvance'
import type { TransactionRequest } from '@tessera/chain/request'
import { openJournal, tempFolder } from '@tessera/node/testing/parts'
import { DEPLOYMENT, Sent } from '@tessera/node/testing/recorders'
import { RunStory } from '@tessera/node/testing/runStory'
import { hash32, madeUpOpening, minerAddress, RUN } from '@tessera/node/testing/storyParts'
import { contributionCommitment } from '@tessera/protocol/commitment'
import { slotOf } from '@tessera/protocol/runView'
import { recordContribution } from '../contributionRecord.ts'
import { Publisher } from './publisher.ts'

const OPERATOR = minerAddress(0)
const OPENING = madeUpOpening('mine')

const COMMIT = (round: bigint, opening = OPENING) =>
  commit(DEPLOYMENT, {
    run: RUN,
    round,
    slot: 0,
    commitment: contributionCommitment({ run: RUN, round, slot: 0, ...opening }),
  })
const REVEAL = (round: bigint) => reveal(DEPLOYMENT, { run: RUN, round, slot: 0, ...OPENING })
/** As the last one that the phase waits for. */
const LAST = (request: TransactionRequest) => withAdvance(DEPLOYMENT, request, { run: RUN })

/** What the trainer would have left in the journal for the present round. */
function remember(journal: Journal, story: RunStory, opening = OPENING): void {
  const { id, trainSeed } = story.round
  recordContribution(journal, id, trainSeed, { ...opening, size: Number(opening.size), innerSteps: 3 })
}

function publisher(journal: Journal) {
  const sent = new Sent()
  const service = new Publisher({
    run: RUN,
    slotOf: (view) => slotOf(view.state, 'miner', OPERATOR),
    deployment: DEPLOYMENT,
    actor: sent.actor,
    journal,
    training: { overlap: false },
  })
  return { sent, service }
}

async function scene(t: TestContext) {
  const journal = await openJournal(t)
  return { journal, ...publisher(journal) }
}

test('commits what the journal holds, and nothing without it', async (t) => {
  const { journal, sent, service } = await scene(t)
  const story = new RunStory()
  await service.step(story.view)
  await service.step(story.openRound().view)
  assert.deepEqual(sent.take(), [])
  remember(journal, story)
  await service.step(story.view)
  assert.deepEqual(sent.take(), [COMMIT(1n)])
  await service.step(story.commit(0, OPENING).view)
  assert.deepEqual(sent.take(), [], 'it is on chain')
})

test('commits at the last call too', async (t) => {
  const { journal, sent, service } = await scene(t)
  const story = new RunStory().openRound().callCommits()
  remember(journal, story)
  await service.step(story.view)
  assert.deepEqual(sent.take(), [COMMIT(1n)])
})

test('repeats the same commitment until it is on chain, also after a restart', async (t) => {
  const folder = await tempFolder(t)
  const journal = await openJournal(t, folder)
  const story = new RunStory().openRound()
  remember(journal, story)
  const before = publisher(journal)
  before.sent.reply = () => new Error('the machine lost power')
  await assert.rejects(before.service.step(story.view), /lost power/)
  journal.close()

  const { sent, service } = publisher(await openJournal(t, folder))
  await service.step(story.view)
  assert.deepEqual(sent.take(), before.sent.take())
})

test('opens its commitment when commits are closed, once', async (t) => {
  const { journal, sent, service } = await scene(t)
  const story = new RunStory().openRound()
  remember(journal, story)
  await service.step(story.commit(0, OPENING).callCommits().view)
  assert.deepEqual(sent.take(), [], 'while others may still commit')
  await service.step(story.openReveal().view)
  assert.deepEqual(sent.take(), [LAST(REVEAL(1n))])
  await service.step(story.reveal(0).view)
  assert.deepEqual(sent.take(), [])
})

test('moves the run on when it is the last one to act, and only then', async (t) => {
  const { journal, sent, service } = await scene(t)
  const story = new RunStory().openRound()
  remember(journal, story)
  await service.step(story.view)
  assert.deepEqual(sent.take(), [COMMIT(1n)])
  await service.step(story.commit(1).view)
  assert.deepEqual(sent.take(), [LAST(COMMIT(1n))])
  await service.step(story.commit(0, OPENING).openReveal().view)
  assert.deepEqual(sent.take(), [REVEAL(1n)])
  await service.step(story.reveal(1).view)
  assert.deepEqual(sent.take(), [LAST(REVEAL(1n))])
})

test('says nothing of what it never committed', async (t) => {
  const { journal, sent, service } = await scene(t)
  const story = new RunStory().openRound().commit(1).callCommits().openReveal()
  // Trained, but the commitment came too late.
  remember(journal, story)
  await service.step(story.view)
  assert.deepEqual(sent.take(), [])
  await service.step(story.reveal(1).drawLeader().view)
  assert.deepEqual(sent.take(), [])
})

test('a record of another round, or of a chain that is gone, is not this one’s', async (t) => {
  const { journal, sent, service } = await scene(t)
  const lost = new RunStory({ chain: 'lost' }).openRound()
  remember(journal, lost, madeUpOpening('lost'))
  const story = new RunStory().openRound()
  await service.step(story.view)
  assert.deepEqual(sent.take(), [])
  remember(journal, story)
  await service.step(story.view)
  assert.deepEqual(sent.take(), [COMMIT(1n)])
  story.commit(0, OPENING).commit(1).openReveal().reveal(0, 1).drawLeader().propose([0], hash32('next')).finalize()
  await service.step(story.openRound().view)
  assert.deepEqual(sent.take(), [])
})

test('one that takes no part in the round sends nothing', async (t) => {
  const { journal, sent, service } = await scene(t)
  const without = new RunStory({ miners: 0, params: { minMiners: 1 } }).join('miner', minerAddress(5)).openRound()
  remember(journal, without)
  await service.step(without.view)
  // It has joined, and is active from the next round on.
  await service.step(without.join('miner', OPERATOR).view)
  assert.deepEqual(sent.take(), [])
})

test('one that is leaving still opens what it has committed', async (t) => {
  const { journal, sent, service } = await scene(t)
  const story = new RunStory().openRound()
  remember(journal, story)
  await service.step(story.commit(0, OPENING).leave('miner', 0).callCommits().openReveal().view)
  assert.deepEqual(sent.take(), [LAST(REVEAL(1n))])
})
