import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { hash32, validatorAddress } from '@tessera/node/testing/storyParts'
import { makeContribution } from '@tessera/node/testing/tinyRun'
import { encodeReceipts } from '@tessera/protocol/receipt'
import { emptyScoreState, type Outcome, type Receipts, scoreEpoch } from '@tessera/protocol/score'
import { addressOf } from '@tessera/storage/importer'
import { scene } from './scene.fixture.ts'

const OUTCOMES: readonly Outcome[] = [
  { kind: 'measured', ownBefore: 5, ownAfter: 4.8, drawnBefore: 5, drawnAfter: 4.9 },
  { kind: 'zero', reason: 'absent' },
]

/** An epoch of one final round, whose scores the validator in slot 0 reveals. */
async function scored(t: TestContext) {
  const made = await scene(t, { roundsPerEpoch: 1 })
  const { tiny, story, look, open, publish } = made
  await tiny.finalRound()
  const { epoch, run, slots, validator } = {
    epoch: story.epoch.id,
    run: story.state.run,
    slots: story.params.maxMiners,
    validator: validatorAddress(0),
  }
  const members = [...story.round.minerOperators].map(([slot, operator]) => ({ slot, operator }))
  const miners = members.map((member, n) => ({ ...member, outcome: OUTCOMES[n] as Outcome }))
  const rounds = [{ round: story.round.id, miners }]
  const { scores, receipts } = scoreEpoch({ run, epoch, validator, slots, members, rounds, previous: emptyScoreState })
  story.closeEpoch()
  /** Reveals the scores with a blob as their receipts. */
  const reveal = async (bytes: Uint8Array, vector = scores): Promise<`0x${string}`> => {
    const { digest, size } = await addressOf(bytes)
    const opening = { scores: vector, receiptsDigest: digest, receiptsSize: BigInt(size), salt: hash32('salt') }
    story.commitScores(0, opening).openScoreReveal().revealScores(0)
    return digest
  }
  return { ...made, observer: await open(), look, publish, reveal, receipts, scores }
}

test('receipts that give the revealed scores are verified', async (t) => {
  const { observer, look, publish, reveal, receipts, book } = await scored(t)
  await publish(encodeReceipts(receipts))
  const digest = await reveal(encodeReceipts(receipts))
  await look(observer)
  const found = book.receipts.get(digest)
  assert.equal(found?.state, 'verified')
  assert.deepEqual(found?.state === 'verified' && found.receipts, receipts)
  const before = book.puts.length
  await look(observer)
  assert.equal(book.puts.length, before)
})

const tampered: Readonly<Record<string, (receipts: Receipts) => Receipts>> = {
  'of another epoch': (receipts) => ({ ...receipts, epoch: 9n }),
  'of another validator': (receipts) => ({ ...receipts, validator: validatorAddress(1) }),
  'whose scores are not the revealed ones': (receipts) => ({ ...receipts, miners: receipts.miners.slice(1) }),
  'that their losses do not give': ({ miners, ...rest }) => ({
    ...rest,
    miners: miners.map((miner) => ({ ...miner, before: { ...miner.before, mu: 1 } })),
  }),
}
for (const [what, tamper] of Object.entries(tampered))
  test(`receipts ${what} are inconsistent`, async (t) => {
    const { observer, look, publish, reveal, receipts, book } = await scored(t)
    const bytes = encodeReceipts(tamper(receipts))
    await publish(bytes)
    const digest = await reveal(bytes)
    await look(observer)
    const found = book.receipts.get(digest)
    assert.deepEqual(found, { state: 'inconsistent', receipts: tamper(receipts) })
  })

test('a blob that is no receipts is proof against the validator', async (t) => {
  const { observer, look, publish, reveal, book } = await scored(t)
  const bytes = new TextEncoder().encode('no receipts')
  await publish(bytes)
  const digest = await reveal(bytes)
  await look(observer)
  assert.deepEqual(book.receipts.get(digest), { state: 'inconsistent', receipts: null })
})

test('receipts longer than any are not fetched', async (t) => {
  const { observer, look, story, scores, book } = await scored(t)
  const receiptsDigest = hash32('long')
  const opening = { scores, receiptsDigest, receiptsSize: 2n ** 40n, salt: hash32('salt') }
  story.commitScores(0, opening).openScoreReveal().revealScores(0)
  await look(observer)
  assert.deepEqual(book.receipts.get(receiptsDigest), { state: 'inconsistent', receipts: null })
})

test('receipts that nobody has are asked for again, later each time', async (t) => {
  const { observer, look, publish, reveal, receipts, book, clock } = await scored(t)
  const digest = await reveal(encodeReceipts(receipts))
  await look(observer)
  assert.deepEqual(book.receipts.get(digest), { state: 'unfetchable' })
  await publish(encodeReceipts(receipts))
  await look(observer)
  assert.deepEqual(book.receipts.get(digest), { state: 'unfetchable' })
  await clock.advance(5_000)
  await look(observer)
  assert.equal(book.receipts.get(digest)?.state, 'verified')
})

test('says what is wrong with a contribution that was not included', async (t) => {
  const { tiny, story, book, publish, open, look } = await scene(t)
  story.openRound()
  const { id: round, parentRoot: baseRoot } = story.round
  const good = await tiny.contribute(0, 1)
  // Of the right length, and nothing else.
  const noise = new Uint8Array(good.blob.length).fill(1)
  const { digest } = await publish(noise)
  story.commit(0, { ...good.opening, digest })
  const wrong = await makeContribution({
    round: round + 1n,
    miner: story.round.minerOperators.get(1)!,
    baseRoot,
    seed: 2,
  })
  await publish(wrong.blob)
  story.commit(1, wrong.opening).openReveal().reveal(0, 1)
  const observer = await open()
  await look(observer)
  assert.deepEqual(book.contributions.get(digest), { samples: null, steps: null, fault: 'malformed' })
  const fault = { samples: null, steps: null, fault: 'wrong-header' }
  assert.deepEqual(book.contributions.get(wrong.opening.digest), fault)
})

test('a contribution that nobody has is asked for some times', async (t) => {
  const { story, book, open, look, clock } = await scene(t)
  const observer = await open()
  const { parentRoot: baseRoot, minerOperators } = story.openRound().round
  const lost = await makeContribution({ round: 1n, miner: minerOperators.get(0)!, baseRoot, seed: 3 })
  story.commit(0, lost.opening).callCommits().openReveal().reveal(0)
  for (const wait of [0, 5_000, 10_000, 20_000]) {
    await clock.advance(wait)
    await look(observer)
    assert.equal(book.contributions.has(lost.opening.digest), false)
  }
  await clock.advance(40_000)
  await look(observer)
  const gone = { samples: null, steps: null, fault: 'unfetchable' }
  assert.deepEqual(book.contributions.get(lost.opening.digest), gone)
  const before = book.puts.length
  await clock.advance(80_000)
  await look(observer)
  assert.equal(book.puts.length, before)
})

test('of two contributions with one digest it is the first that is read', async (t) => {
  const { tiny, story, book, open, look } = await scene(t)
  story.openRound()
  const made = await tiny.contribute(0, 1)
  story.commit(0, made.opening).commit(1, { ...made.opening, salt: `0x${randomBytes(32).toString('hex')}` })
  story.openReveal().reveal(0, 1)
  await look(await open())
  assert.deepEqual(book.contributions.get(made.opening.digest), { samples: 6, steps: 3, fault: null })
})
