import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Journal } from '@tessera/agent/journal'
import { commitScores } from '@tessera/chain/actions/commitScores'
import { revealScores } from '@tessera/chain/actions/revealScores'
import { withAdvance } from '@tessera/chain/actions/withAdvance'
import { memoryStore, openJournal, tempFolder } from '@tessera/node/testing/parts'
import { DEPLOYMENT, Sent } from '@tessera/node/testing/recorders'
import { RunStory } from '@tessera/node/testing/runStory'
import {
  hash32,
  madeUpOpening,
  minerAddress,
  RUN,
  STORY_PARAMS,
  validatorAddress,
} from '@tessera/node/testing/storyParts'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import { decodeReceipts, encodeReceipts, type Receipts, verifyReceipts } from '@tessera/protocol/receipt'
import type { EpochState, RoundState } from '@tessera/protocol/runState'
import { slotOf } from '@tessera/protocol/runView'
import { emptyScoreState, type Outcome, type ScoredRound, scoreEpoch } from '@tessera/protocol/score'
import { encodeScores, scoreCommitment } from '@tessera/protocol/scoreCommitment'
import type { BlobRef } from '@tessera/storage/blobRef'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import { addressOf } from '@tessera/storage/importer'
import { saveOutcomes } from '../outcomeBook.ts'
import type { Evaluator } from './evaluator.ts'
import { Scorer } from './scorer.ts'

const OPERATOR = validatorAddress(1)
const WINDOW = BigInt(STORY_PARAMS.scoreCommitSeconds)

const drop = (nats: number): Outcome => ({
  kind: 'measured',
  ownBefore: 5,
  ownAfter: 5 - nats - 0.1,
  drawnBefore: 5,
  drawnAfter: 5 - nats,
})

interface SceneOptions {
  readonly folder?: string
  readonly store?: EmbeddedStore
  readonly operator?: Hex
}

async function scene(t: TestContext, { folder, operator = OPERATOR, ...options }: SceneOptions = {}) {
  const journal = await openJournal(t, folder)
  const store = options.store ?? (await memoryStore(t))
  const sent = new Sent()
  const pending: RoundState[] = []
  let salts = 0
  const scorer = new Scorer({
    run: RUN,
    operator,
    slotOf: (view) => slotOf(view.state, 'validator', operator),
    deployment: DEPLOYMENT,
    actor: sent.actor,
    journal,
    store,
    evaluator: { pending: () => pending } as unknown as Evaluator,
    logger: sent.log.logger,
    salt: () => new Uint8Array(32).fill(++salts),
    signal: new AbortController().signal,
  })
  const look = async (story: RunStory) => {
    await scorer.step(story.view)
    return sent.take()
  }
  return { journal, store, sent, pending, scorer, look }
}

/** What the evaluator would have found out in a round, by miner. */
function found(journal: Journal, story: RunStory, round: bigint, outcomes: readonly Outcome[]): void {
  const { trainSeed } = story.state.rounds[Number(round) - 1]!
  saveOutcomes(journal, round, trainSeed, new Map(outcomes.map((outcome, n) => [minerAddress(n), outcome])))
}

/** A run whose epochs have two rounds, in each of which the first miner reveals and the second does not. */
function epochOver(story = new RunStory({ miners: 3 })): RunStory {
  for (const _ of [1, 2]) {
    story.openRound().commit(0).commit(1).callCommits().openReveal().reveal(0).drawLeader()
    story.propose([0], hash32('root', story.round.id)).finalize()
  }
  return story.closeEpoch()
}

function roundsOf(epoch: EpochState, rounds: readonly (readonly Outcome[])[]): ScoredRound[] {
  return rounds.map((outcomes, i) => ({
    round: epoch.firstRound + BigInt(i),
    miners: outcomes.map((outcome, slot) => ({ slot, operator: minerAddress(slot), outcome })),
  }))
}

function expectedScores(epoch: EpochState, rounds: readonly (readonly Outcome[])[], previous = emptyScoreState) {
  return scoreEpoch({
    run: RUN,
    epoch: epoch.id,
    validator: OPERATOR,
    slots: STORY_PARAMS.maxMiners,
    members: [0, 1, 2].map((slot) => ({ slot, operator: minerAddress(slot) })),
    rounds: roundsOf(epoch, rounds),
    previous,
  })
}

const UNREVEALED: Outcome = { kind: 'zero', reason: 'unrevealed' }
const ABSENT: Outcome = { kind: 'zero', reason: 'absent' }
const ROUNDS = [
  [drop(0.5), UNREVEALED, ABSENT],
  [drop(0.25), UNREVEALED, ABSENT],
] as const

/** The requests that these scores come to, with the salt of that number. */
function requestsFor(epoch: bigint, scores: Uint16Array, ref: BlobRef, salt: number) {
  const opening = {
    receiptsDigest: ref.digest,
    receiptsSize: BigInt(ref.size),
    salt: bytesToHex(new Uint8Array(32).fill(salt)),
  }
  const bytes = encodeScores(scores)
  const commitment = scoreCommitment({ run: RUN, epoch, validator: OPERATOR, scores: bytes, ...opening })
  return {
    commit: commitScores(DEPLOYMENT, { run: RUN, epoch, slot: 1, commitment }),
    reveal: revealScores(DEPLOYMENT, { run: RUN, epoch, slot: 1, scores: bytesToHex(bytes), ...opening }),
    opening: { scores, ...opening },
  }
}

/** The receipts that a store has of these scores. */
async function receiptsIn(store: EmbeddedStore, receipts: Receipts): Promise<{ ref: BlobRef; found: Receipts }> {
  const ref = await addressOf(encodeReceipts(receipts))
  const bytes = await store.read(ref, { sources: [], deadlineMs: 1000, maxBytes: 2 ** 24, round: 1 })
  return { ref, found: decodeReceipts(bytes) }
}

test('seals the scores of what was measured, and opens them when all have sealed', async (t) => {
  const { journal, store, look, sent } = await scene(t)
  const story = epochOver()
  for (const [i, outcomes] of ROUNDS.entries()) found(journal, story, BigInt(i + 1), outcomes)
  const { scores, receipts } = expectedScores(story.epoch, ROUNDS)
  assert.ok(scores[0]! > 0)
  const first = await look(story)
  const { ref, found: stored } = await receiptsIn(store, receipts)
  assert.deepEqual(stored, receipts)
  verifyReceipts(stored)
  const { commit, reveal, opening } = requestsFor(1n, scores, ref, 1)
  assert.deepEqual(first, [commit])
  assert.deepEqual(sent.log.with('scored')[0]?.context, { event: 'scored', epoch: 1n, scores: [...scores].join(' ') })

  story.commitScores(1, opening)
  assert.deepEqual(await look(story), [])
  story.openScoreReveal()
  assert.deepEqual(await look(story), [reveal])
  story.revealScores(1)
  assert.deepEqual(await look(story), [])
  story.wait(1000).settle()
  assert.deepEqual(await look(story), [])
})

test('opens the reveals when it is the last one to seal', async (t) => {
  const { journal, look } = await scene(t)
  const story = epochOver()
  for (const [i, outcomes] of ROUNDS.entries()) found(journal, story, BigInt(i + 1), outcomes)
  const [alone] = await look(story)
  const nothing = { scores: new Uint16Array(8), receiptsDigest: hash32(), receiptsSize: 1n, salt: hash32() }
  for (const slot of [0, 2]) story.commitScores(slot, nothing)
  assert.deepEqual(await look(story), [withAdvance(DEPLOYMENT, alone!, { run: RUN, epoch: 1n })])
})

test('waits for measurements during the first half of the window', async (t) => {
  const { journal, pending, look } = await scene(t)
  const story = epochOver()
  found(journal, story, 1n, ROUNDS[0])
  pending.push(story.state.rounds[1]!)
  assert.deepEqual(await look(story), [])
  const { deadline } = story.epoch
  story.wait(deadline - WINDOW / 2n - 1n - story.now)
  assert.deepEqual(await look(story), [])
  story.wait(1)
  assert.equal((await look(story)).length, 1)
})

test('does not wait for rounds of other epochs, nor longer than needed', async (t) => {
  const { journal, pending, look } = await scene(t)
  const story = epochOver()
  for (const [i, outcomes] of ROUNDS.entries()) found(journal, story, BigInt(i + 1), outcomes)
  pending.push({ ...story.state.rounds[1]!, epoch: 2n })
  assert.equal((await look(story)).length, 1)
})

test('what was never measured counts as valid, or as what the chain says', async (t) => {
  const { journal, store, look } = await scene(t)
  const story = epochOver()
  found(journal, story, 1n, ROUNDS[0])
  await look(story)
  const { receipts } = expectedScores(story.epoch, [ROUNDS[0], [{ kind: 'unmeasured' }, UNREVEALED, ABSENT]])
  assert.deepEqual((await receiptsIn(store, receipts)).found, receipts)
})

test('an outcome of a lost chain’s round is not used', async (t) => {
  const { journal, store, look } = await scene(t)
  found(journal, epochOver(new RunStory({ miners: 3, chain: 'lost' })), 1n, ROUNDS[0])
  const story = epochOver()
  await look(story)
  const nothing = [{ kind: 'unmeasured' }, UNREVEALED, ABSENT] as const
  const { receipts } = expectedScores(story.epoch, [nothing, nothing])
  assert.deepEqual((await receiptsIn(store, receipts)).found, receipts)
})

test('repeats the same commitment until it is on chain, also after a restart', async (t) => {
  const folder = await tempFolder(t)
  const first = await scene(t, { folder })
  const story = epochOver()
  found(first.journal, story, 1n, ROUNDS[0])
  found(first.journal, story, 2n, ROUNDS[1])
  first.sent.reply = () => 'EpochPastDeadline'
  const [request] = await first.look(story)
  assert.deepEqual(await first.look(story), [request])
  // What is found out later changes nothing.
  found(first.journal, story, 1n, [ABSENT, ABSENT, ABSENT])
  assert.deepEqual(await first.look(story), [request])
  first.journal.close()

  const second = await scene(t, { folder, store: first.store })
  assert.deepEqual(await second.look(story), [request])
  const { scores, receipts } = expectedScores(story.epoch, ROUNDS)
  const { ref } = await receiptsIn(second.store, receipts)
  const { opening, reveal } = requestsFor(1n, scores, ref, 1)
  story.commitScores(1, opening).openScoreReveal()
  assert.deepEqual(await second.look(story), [reveal])
})

test('opens nothing that it has not sealed', async (t) => {
  const { look } = await scene(t)
  const story = epochOver()
  const opening = { scores: new Uint16Array(8), receiptsDigest: hash32(), receiptsSize: 1n, salt: hash32() }
  story.commitScores(0, opening).openScoreReveal()
  assert.deepEqual(await look(story), [])
  // Sealed by a process whose journal is not this one.
  const other = epochOver()
  other.commitScores(1, opening).openScoreReveal()
  assert.deepEqual(await look(other), [])
})

/** Two that are ranked, so that ratings move. */
const RANKED = [
  [drop(0.5), drop(0.1), ABSENT],
  [drop(0.4), drop(0.2), ABSENT],
] as const

test('carries the ratings from epoch to epoch', async (t) => {
  const { journal, store, look, scorer } = await scene(t)
  const story = epochOver()
  const miner = minerAddress(0)
  assert.equal(scorer.ratingOf(new RunStory().view, miner), Number.NEGATIVE_INFINITY)
  for (const [i, outcomes] of RANKED.entries()) found(journal, story, BigInt(i + 1), outcomes)
  const one = expectedScores(story.epoch, RANKED)
  assert.equal((await look(story)).length, 1)
  assert.equal(scorer.ratingOf(story.view, miner), Number.NEGATIVE_INFINITY, 'the second epoch has not begun')

  // The first epoch is still being scored by others.
  const { ref } = await receiptsIn(store, one.receipts)
  const { opening } = requestsFor(1n, one.scores, ref, 1)
  story.commitScores(1, opening)
  epochOver(story)
  assert.equal(scorer.ratingOf(story.view, miner), one.state.miners[miner]?.mu)
  assert.equal(scorer.ratingOf(story.view, minerAddress(9)), Number.NEGATIVE_INFINITY)
  for (const [i, outcomes] of RANKED.entries()) found(journal, story, BigInt(i + 3), outcomes)
  await look(story)
  const two = expectedScores(story.epoch, RANKED, one.state)
  assert.deepEqual((await receiptsIn(store, two.receipts)).found, two.receipts)
  assert.notEqual(two.state.miners[miner]?.mu, one.state.miners[miner]?.mu)

  // An epoch that this validator missed leaves the ratings as they were.
  story.openScoreReveal()
  epochOver(story).openScoreReveal().openRound()
  assert.equal(scorer.ratingOf(story.view, miner), two.state.miners[miner]?.mu)
})

test('what was sealed on a chain that lost blocks is not what is sealed now', async (t) => {
  const { journal, store, look, scorer } = await scene(t)
  const lost = epochOver(new RunStory({ miners: 3, chain: 'lost' }))
  found(journal, lost, 1n, [drop(2), UNREVEALED, ABSENT])
  found(journal, lost, 2n, [drop(2), UNREVEALED, ABSENT])
  const [before] = await look(lost)
  const story = epochOver()
  for (const [i, outcomes] of ROUNDS.entries()) found(journal, story, BigInt(i + 1), outcomes)
  const [request] = await look(story)
  const { scores, receipts, state } = expectedScores(story.epoch, ROUNDS)
  const { ref } = await receiptsIn(store, receipts)
  assert.deepEqual(request, requestsFor(1n, scores, ref, 2).commit)
  assert.notDeepEqual(request, before)
  story.openRound()
  assert.equal(scorer.ratingOf(story.view, minerAddress(0)), state.miners[minerAddress(0)]?.mu)
})

test('scores who was in the epoch, in its slot, and nobody else', async (t) => {
  const { journal, store, look } = await scene(t)
  const story = epochOver()
  story.join('miner', minerAddress(6))
  for (const [i, outcomes] of ROUNDS.entries()) found(journal, story, BigInt(i + 1), outcomes)
  await look(story)
  const { receipts } = expectedScores(story.epoch, ROUNDS)
  assert.deepEqual(
    (await receiptsIn(store, receipts)).found.miners.map(({ slot }) => slot),
    [0, 1, 2],
  )
})

test('one that had no part in the epoch does not score it', async (t) => {
  const operator = validatorAddress(7)
  const { look } = await scene(t, { operator })
  const story = epochOver()
  assert.deepEqual(await look(story), [])
  assert.deepEqual(await look(story.join('validator', operator, 100n)), [])
})

test('one that is leaving still scores its last epoch', async (t) => {
  const { look } = await scene(t)
  const story = new RunStory({ miners: 1 })
  story.openRound().commit(0, madeUpOpening()).leave('validator', 1).openReveal().reveal(0).drawLeader()
  story.propose([0], hash32('one')).finalize().openRound().callCommits().void('NothingRevealed').closeEpoch()
  assert.equal((await look(story)).length, 1)
})
