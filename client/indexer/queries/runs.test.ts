// Runs, rounds and contributions over a simulated run: the same numbers as the replay has. On SQLite and, by `npm run test:postgres`,
// on PostgreSQL.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { playReveals, playRound, playScores, staffedRun } from '@tessera/protocol/plays.fixture'
import type { RunSimulator } from '@tessera/protocol/runSimulator.fixture'
import { addressOf, ETHER, hashOf, NATIVE, OWNER, RUN, sampleParams } from '@tessera/protocol/simulatedRun.fixture'
import { StoryChain } from '../ingest/storyChain.fixture.ts'
import { scene } from './scene.fixture.ts'

const run = Number(RUN)
const MANIFEST = {
  name: 'small',
  parameters: 1_234,
  tokensPerRound: 800,
  tokensPerSample: 8,
  facts: [{ label: 'Layers', value: '2' }],
}
const SAMPLE = { prompt: 'Once', seed: 1, temperature: 0.8, topK: 40, maxTokens: 9, text: 'upon\u001b[2J' }

/** Two epochs of two rounds, the first one settled; the third round is void. */
function played(): RunSimulator {
  const simulated = staffedRun()
  simulated.escrow.sponsor(NATIVE, 90n * ETHER, 40n * ETHER)
  for (let round = 0; round < 2; round++) playRound(simulated)
  playRound(simulated, 'worse')
  playScores(simulated, 1n)
  playRound(simulated)
  return simulated
}

function told(simulated: RunSimulator): StoryChain {
  const story = new StoryChain()
  story.stakeWithAnn()
  story.tell(simulated.events)
  return story
}

test('before the first block there is nothing to answer, but the status', async (t) => {
  const { ask } = await scene(t, new StoryChain())
  await assert.rejects(ask('runs', {}), { code: 'indexer/not-ready', retryable: true })
  assert.deepEqual((await ask('status', {})).indexed, null)
})

test('runs and a run are as the replay has them', async (t) => {
  const { ask, follow, state, facts } = await scene(t, told(played()))
  await follow()
  await facts.learn([NATIVE])
  const [summary] = await ask('runs', {})
  assert.ok(summary)
  const { stateRoot, granted } = state()
  const pots = summary.pots.map(({ source, amount }) => [source, amount])
  assert.deepEqual(
    { ...summary, pots },
    {
      ...{ run, owner: OWNER, name: null, parameters: null, phase: state().phase, createdAt: summary.createdAt },
      ...{ round: 5, epoch: 3, finalRounds: 3, voidRounds: 1, settledEpochs: 1, stateRoot, stateRound: 4 },
      ...{ tokens: null, lastLoss: null, miners: { active: 2, most: 4 }, validators: { active: 2, most: 3 } },
      emission: { shareBps: null, paid: 0n },
      granted,
      pots: [
        [0, sampleParams.epochPot],
        [1, 10n * ETHER],
      ],
      earned: summary.earned,
      sponsorships: [
        {
          ...{ source: 1, sponsor: OWNER, firstEpoch: 1, perEpoch: 40n * ETHER, budget: 90n * ETHER },
          token: { address: NATIVE, symbol: 'TSRA', decimals: 18 },
        },
      ],
    },
  )
  assert.ok(summary.earned > 0n)

  const detail = await ask('run', { run })
  assert.deepEqual(detail.summary, summary)
  assert.equal('epochPot' in detail.params, false)
  assert.equal(detail.params.manifestDigest, sampleParams.manifestDigest)
  const members = detail.members.map(({ role, slot, operator, score, zero }) => [role, slot, operator, score, zero])
  assert.deepEqual(members, [
    ['miner', 0, addressOf('ann'), 1010, null],
    ['miner', 1, addressOf('bob'), 1110, null],
    ['validator', 0, addressOf('val'), null, null],
    ['validator', 1, addressOf('eve'), null, null],
  ])
  assert.deepEqual(
    detail.members.map(({ uptime }) => uptime),
    Array.from({ length: 4 }, () => ({ acted: 4, active: 4 })),
  )
  assert.deepEqual(
    detail.openEpochs.map(({ epoch, phase }) => [epoch, phase]),
    [
      [2, 'Commit'],
      [3, 'Open'],
    ],
  )
  await assert.rejects(ask('run', { run: run + 1 }), { code: 'indexer/unknown-run' })
})

test('a round under way says who has done what', async (t) => {
  const simulated = staffedRun()
  simulated.advance()
  simulated.commit(0)
  const story = told(simulated)
  const { ask, follow } = await scene(t, story)
  await follow()
  const live = async () => (await ask('run', { run })).live
  const states = (answer: Awaited<ReturnType<typeof live>>) => answer?.miners.map((miner) => miner.state)
  assert.deepEqual(states(await live()), ['committed', 'waiting'])
  const { rows, total } = await ask('contributions', { run })
  assert.deepEqual(
    [rows.map(({ status, commitTx }) => [status, commitTx !== null]), total],
    [
      [
        ['pending', true],
        ['pending', false],
      ],
      2,
    ],
  )
  const pending = await ask('round', { run, round: 1 })
  assert.deepEqual([pending.end, pending.root, pending.closedAt, pending.testSeed], ['pending', null, null, null])

  const before = simulated.events.length
  simulated.commit(1)
  simulated.advance()
  for (const slot of simulated.committed) simulated.reveal(slot)
  simulated.advance()
  simulated.propose([1], 'worse')
  story.tell(simulated.events.slice(before))
  await follow()
  const later = await live()
  assert.deepEqual(states(later), ['revealed', 'revealed'])
  assert.deepEqual([later?.phase, later?.included], ['Attest', [1]])
  assert.deepEqual(
    later?.validators.map(({ vote, leads }) => [vote, leads]).toSorted(),
    [
      [null, false],
      ['worse', true],
    ].toSorted(),
  )
  const leading = await ask('round', { run, round: 1 })
  assert.deepEqual(
    leading.leaders.map(({ proposed, included }) => [proposed, included]),
    [[true, [1]]],
  )
  assert.deepEqual(leading.votes.map(({ vote }) => vote).toSorted(), ['absent', 'worse'])
  await assert.rejects(ask('round', { run, round: 2 }), { code: 'indexer/unknown-round' })
})

test('rounds that are over keep their story', async (t) => {
  const { ask, follow, state } = await scene(t, told(played()))
  await follow()
  const columns = await ask('series', { run })
  assert.deepEqual(columns.round, [1, 2, 3, 4])
  assert.deepEqual(columns.void, ['', '', 'WorseModel', ''])
  assert.deepEqual(columns.cells, ['ii..', 'ii..', 'rr..', 'ii..'])
  assert.deepEqual(columns.loss, [null, null, null, null])
  assert.deepEqual(columns.tokens, [null, null, null, null])
  const later = await ask('series', { run, from: 3 })
  assert.deepEqual([later.from, later.round, later.gas], [3, [3, 4], columns.gas.slice(2)])
  for (const number of [1, 3]) {
    const round = await ask('round', { run, round: number })
    const replayed = state().rounds[number - 1]
    assert.ok(replayed)
    assert.deepEqual(
      [round.trainSeed, round.testSeed, round.parentRoot],
      [replayed.trainSeed, replayed.testSeed, replayed.parentRoot],
    )
    assert.deepEqual(round.gas, columns.gas[number - 1])
    assert.deepEqual(round.root, replayed.end?.kind === 'final' ? replayed.end.root : null)
    assert.deepEqual(
      round.votes.map(({ vote }) => vote),
      number === 1 ? ['attested', 'attested'] : ['worse', 'worse'],
    )
    assert.ok(round.votes.every(({ tx, at }) => tx !== null && at !== null))
    const reasons = round.contributions.map(({ status, reason }) => [status, reason])
    const each = number === 1 ? ['included', null] : ['rejected', 'round-void']
    assert.deepEqual(reasons, [each, each])
  }
})

test('what the observer finds joins by content', async (t) => {
  const { ask, follow, state, book } = await scene(t, told(played()))
  await follow()
  await book.putManifest(sampleParams.manifestDigest, MANIFEST)
  assert.deepEqual((await ask('series', { run })).tokens, [null, null, null, null])
  const revealed = state().rounds.map(({ contributions }) => [...contributions.values()].map((one) => one.revealed))
  for (const [i, round] of revealed.entries())
    for (const one of round) {
      assert.ok(one)
      const fault = i === 2 ? 'malformed' : null
      if (i < 3) await book.putContribution(one.digest, { samples: fault === null ? 10 : null, steps: 1, fault })
    }
  // The void round adds nothing, and of the last one a contribution is not read yet.
  assert.deepEqual((await ask('series', { run })).tokens, [160, 320, 320, null])
  assert.deepEqual((await ask('runs', {}))[0]?.tokens, 320)
  const malformed = await ask('round', { run, round: 3 })
  assert.deepEqual(
    malformed.contributions.map(({ reason }) => reason),
    ['malformed', 'malformed'],
  )

  await book.putCheckpoint(RUN, sampleParams.genesisRoot, { loss: 5, sample: null })
  assert.deepEqual((await ask('runs', {}))[0]?.lastLoss, { round: 0, loss: 5 })
  await book.putCheckpoint(RUN, state().stateRoot, { loss: 4.5, sample: SAMPLE })
  assert.deepEqual((await ask('runs', {}))[0]?.lastLoss, { round: 4, loss: 4.5 })
  assert.deepEqual((await ask('series', { run })).loss, [null, null, null, 4.5])
  const { manifest, summary } = await ask('run', { run })
  const { tokensPerSample: _, ...shown } = MANIFEST
  assert.deepEqual([manifest, summary.name], [shown, 'small'])
  const { sample } = await ask('round', { run, round: 4 })
  assert.deepEqual(sample, { round: 4, root: state().stateRoot, ...SAMPLE })
})

test('checkpoints go down to genesis, page by page', async (t) => {
  const { ask, follow, state, book } = await scene(t, told(played()))
  await follow()
  await book.putCheckpoint(RUN, sampleParams.genesisRoot, { loss: 5, sample: SAMPLE })
  const first = await ask('checkpoints', { run, limit: 3 })
  assert.deepEqual(
    first.rows.map(({ round }) => round),
    [4, 2, 1],
  )
  assert.equal(first.total, 4)
  assert.equal(first.rows[0]?.root, state().stateRoot)
  assert.equal(first.rows[0]?.parentRoot, first.rows[1]?.root)
  const rest = await ask('checkpoints', { run, limit: 3, cursor: first.next ?? '' })
  assert.deepEqual(
    rest.rows.map(({ round, root, loss }) => [round, root, loss]),
    [[0, hashOf('genesis'), 5]],
  )
  assert.equal(rest.rows[0]?.sample?.text, SAMPLE.text)
  assert.equal(rest.next, null)
  const exact = await ask('checkpoints', { run, limit: 4 })
  assert.deepEqual([exact.rows.length, exact.next], [4, null])
})

test('pages of contributions fit together under new blocks and lost ones', async (t) => {
  const simulated = played()
  const story = told(simulated)
  const { ask, follow } = await scene(t, story)
  await follow()
  const whole = await ask('contributions', { run, limit: 500 })
  assert.deepEqual([whole.rows.length, whole.total, whole.next], [10, 10, null])
  const keys = (rows: typeof whole.rows) => rows.map(({ round, slot }) => `${round}/${slot}`)
  assert.deepEqual(keys(whole.rows).slice(0, 3), ['5/0', '5/1', '4/0'])

  const first = await ask('contributions', { run, limit: 3 })
  const before = simulated.events.length
  playReveals(simulated)
  story.tell(simulated.events.slice(before))
  await follow()
  const second = await ask('contributions', { run, limit: 3, cursor: first.next ?? '' })
  assert.deepEqual(keys([...first.rows, ...second.rows]), keys(whole.rows).slice(0, 6))
  // The chain loses the round that the cursor stands in: the page goes on below it.
  const third = simulated.events.findIndex((event) => event.name === 'RoundOpened' && event.round === 3n)
  story.fake.lose(simulated.events.length - third)
  story.fake.mine()
  await follow()
  const below = await ask('contributions', { run, limit: 500, cursor: second.next ?? '' })
  assert.deepEqual(keys(below.rows), keys(whole.rows).slice(6))
  assert.equal(below.total, 4)
  await assert.rejects(ask('contributions', { run, cursor: 'AAAA' }), { code: 'indexer/bad-cursor' })

  const one = await ask('contributions', { run, slot: 1, status: 'included' })
  assert.ok(one.rows.length > 0 && one.rows.every(({ slot, status }) => slot === 1 && status === 'included'))
  assert.equal(one.total, one.rows.length)
  assert.equal((await ask('contributions', { run, operator: addressOf('zoe') })).total, 0)
})

test('a round that was refuted is rolled back, and so is what was built on it', async (t) => {
  const simulated = played()
  const story = told(simulated)
  const { ask, follow, state, book } = await scene(t, story)
  await follow()
  const [, first] = (await ask('checkpoints', { run })).rows.toReversed()
  assert.ok(first)
  await book.putCheckpoint(RUN, first.root, { loss: 4, sample: null })
  await book.putCheckpoint(RUN, state().stateRoot, { loss: 3, sample: null })
  assert.deepEqual((await ask('runs', {}))[0]?.lastLoss, { round: 4, loss: 3 })
  const before = simulated.events.length
  simulated.refute(2n)
  story.tell(simulated.events.slice(before))
  await follow()
  const [summary] = await ask('runs', {})
  assert.ok(summary)
  assert.deepEqual([summary.finalRounds, summary.voidRounds, summary.stateRound], [1, 4, 1])
  assert.deepEqual(summary.lastLoss, { round: 1, loss: 4 })
  assert.deepEqual((await ask('series', { run })).void, ['', 'RolledBack', 'WorseModel', 'RolledBack', 'RolledBack'])
  const { rows, total } = await ask('checkpoints', { run })
  assert.deepEqual([rows.map(({ round }) => round), total], [[1, 0], 2])
  for (const number of [2, 4, 5]) {
    const round = await ask('round', { run, round: number })
    assert.deepEqual([round.end, round.void, round.root], ['void', 'RolledBack', null])
  }
  // The chain loses the refutation.
  story.fake.lose(simulated.events.length - before)
  story.fake.mine()
  await follow()
  assert.deepEqual((await ask('series', { run })).void, ['', '', 'WorseModel', ''])
  assert.equal((await ask('checkpoints', { run })).total, 4)
})
