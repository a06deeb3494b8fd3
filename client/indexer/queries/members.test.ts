// Members, operators, holders, their pay and the emission over a simulated run. On SQLite and, by `npm run test:postgres`, on
// PostgreSQL.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noAnswer } from '@tessera/chain/fakeChain.fixture'
import { playRound, playScores, staffedRun } from '@tessera/protocol/plays.fixture'
import type { RunSimulator } from '@tessera/protocol/runSimulator.fixture'
import { emptyScoreState, type ScoredRound, scoreEpoch } from '@tessera/protocol/score'
import { addressOf, COORDINATOR, ETHER, NATIVE, OWNER, RUN } from '@tessera/protocol/simulatedRun.fixture'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import { StoryChain } from '../ingest/storyChain.fixture.ts'
import { CALLS, scene } from './scene.fixture.ts'

const run = Number(RUN)
const [ann, bob, val, zoe] = ['ann', 'bob', 'val', 'zoe'].map(addressOf) as [
  `0x${string}`,
  `0x${string}`,
  `0x${string}`,
  `0x${string}`,
]

/** Three settled epochs; in the second nobody scored bob above zero. */
function played(): RunSimulator {
  const simulated = staffedRun()
  for (let epoch = 1; epoch <= 3; epoch++) {
    for (let round = 0; round < 2; round++) playRound(simulated)
    playScores(simulated, BigInt(epoch), epoch === 2 ? (miner) => (miner === 1 ? 0 : 500) : undefined)
  }
  return simulated
}

async function staged(t: Parameters<typeof scene>[0], simulated: RunSimulator) {
  const story = new StoryChain()
  story.stakeWithAnn()
  story.tell(simulated.events)
  const stage = await scene(t, story)
  await stage.follow()
  return { ...stage, story }
}

test('a miner’s epochs say what it was given and why nothing', async (t) => {
  const { ask, state } = await staged(t, played())
  const detail = await ask('miner', { run, operator: bob })
  assert.deepEqual(
    detail.minerEpochs.map(({ epoch, median, zero, includedRounds, paid }) => [
      epoch,
      median,
      zero,
      includedRounds,
      paid.length,
    ]),
    [
      [3, 1110, null, 2, 1],
      [2, 0, 'zero-median', 2, 0],
      [1, 1110, null, 2, 1],
    ],
  )
  const [third, second] = detail.minerEpochs
  assert.deepEqual(
    third?.receipts.map(({ score, state: read }) => [score, read]),
    [
      [1100, 'unread'],
      [1110, 'unread'],
    ],
  )
  assert.deepEqual(
    second?.receipts.map(({ score }) => score),
    [0, 0],
  )
  assert.deepEqual(detail.validatorEpochs, [])
  assert.deepEqual(
    detail.rounds,
    state().rounds.map(({ id }) => ({ round: Number(id), cell: 'i' })),
  )
  assert.deepEqual([detail.member?.slot, detail.payout, detail.delegate], [1, bob, ZERO_ADDRESS])
  assert.ok(detail.joinedAt !== null)
  const sums = detail.minerEpochs.flatMap(({ paid }) => paid).reduce((sum, { amount }) => sum + amount, 0n)
  assert.equal(detail.member?.earned, sums)
  await assert.rejects(ask('miner', { run, operator: val }), { code: 'indexer/unknown-member' })
  await assert.rejects(ask('validator', { run: 99, operator: val }), { code: 'indexer/unknown-run' })
})

test('a validator’s epochs say how far it agreed', async (t) => {
  const { ask } = await staged(t, played())
  const { validatorEpochs, rounds, pool, own, holders } = await ask('validator', { run, operator: val })
  assert.deepEqual(
    validatorEpochs.map(({ epoch, revealed, given, kept, zero }) => [epoch, revealed, given, kept, zero]),
    [
      [3, true, 2_100, 2_100, null],
      [2, true, 500, 500, null],
      [1, true, 2_100, 2_100, null],
    ],
  )
  assert.ok(validatorEpochs.every(({ receipts }) => receipts !== null))
  assert.ok(rounds.every(({ cell }) => cell === 'v'))
  assert.deepEqual([pool, own, holders], [0n, 0n, 0])
})

test('receipts come from the observer, and hold against contributions what most validators say', async (t) => {
  const { ask, book, state } = await staged(t, played())
  const rounds = [1n, 2n].map((round): ScoredRound => {
    const losses = { ownBefore: 3, ownAfter: 2.5, drawnBefore: 3, drawnAfter: 2.75 }
    const good = { slot: 0, operator: ann, outcome: { kind: 'measured' as const, ...losses } }
    const harm = { ...losses, drawnAfter: 3.5 }
    return { round, miners: [good, { slot: 1, operator: bob, outcome: { kind: 'measured', ...harm } }] }
  })
  const members = [
    { slot: 0, operator: ann },
    { slot: 1, operator: bob },
  ]
  // The simulator's validators name one digest for all that they reveal.
  const [opened] = [...(state().epochs.get(1n)?.opened.values() ?? [])]
  assert.ok(opened)
  const firstOf = async () => (await ask('miner', { run, operator: bob })).minerEpochs.at(-1)
  await book.putReceipts(opened.receiptsDigest, { state: 'unfetchable' })
  assert.deepEqual(
    (await firstOf())?.receipts.map((receipt) => receipt.state),
    ['unfetchable', 'unfetchable'],
  )
  const request = { run: RUN, epoch: 1n, validator: opened.operator, slots: 4, members, rounds }
  const { receipts } = scoreEpoch({ ...request, previous: emptyScoreState })
  await book.putReceipts(opened.receiptsDigest, { state: 'verified', receipts })

  const first = await firstOf()
  assert.equal(first?.receipts.length, 2)
  for (const receipt of first?.receipts ?? []) {
    assert.deepEqual([receipt.state, receipt.reason, receipt.validity], ['verified', 'no-valid-round', 0])
    assert.deepEqual(
      receipt.rounds.map(({ round, valid, reason, drawnDrop }) => [round, valid, reason, drawnDrop]),
      [
        [1, false, 'harmful', -0.5],
        [2, false, 'harmful', -0.5],
      ],
    )
  }
  const { rows } = await ask('contributions', { run, slot: 1 })
  assert.deepEqual(rows.map(({ round, reason, drawnDrop, ownDrop }) => [round, reason, drawnDrop, ownDrop]).slice(-2), [
    [2, 'harmful', -0.5, 0.5],
    [1, 'harmful', -0.5, 0.5],
  ])
  assert.equal(rows[0]?.reason, null)
})

test('operators say what they keep and what they earned', async (t) => {
  const { ask } = await staged(t, played())
  const operators = await ask('operators', {})
  assert.equal(operators.length, 1)
  const [only] = operators
  const earned = (await ask('miner', { run, operator: ann })).member?.earned
  assert.deepEqual(
    { ...only, pace: { ...only?.pace, seconds: 0 } },
    {
      ...{ operator: ann, pool: 100n * ETHER, own: 75n * ETHER, holders: 2, commissionBps: 1000, commissionNext: null },
      ...{ roles: [{ run, role: 'miner', slot: 0 }], slashed: 0n },
      pace: { epochs: 3, seconds: 0, stake: 100n * ETHER, earned },
    },
  )
  assert.ok((only?.pace?.seconds ?? 0) > 0)
})

test('a holder sees its stake, what it earned and what it can claim', async (t) => {
  const simulated = played()
  const { ask, facts, follow, story } = await staged(t, simulated)
  await facts.learn([NATIVE])
  const before = simulated.events.length
  const claimed = simulated.escrow.claim(0n, 2n, ann, zoe, 20n)
  assert.ok(claimed > 0n)
  const { rows } = await ask('earnings', { address: zoe })
  const amounts = new Map(rows.map(({ epoch, amount }) => [epoch, amount]))
  // The simulator knows no pools: the event says what the escrow would pay.
  story.tell(simulated.events.slice(before).map((event) => ({ ...event, amount: amounts.get(2) ?? 0n })) as never)
  await follow()

  const holder = await ask('holder', { address: zoe })
  const [position] = holder.positions
  assert.deepEqual([position?.operator, position?.value, position?.commissionBps], [ann, 25n * ETHER, 1000])
  assert.equal(holder.balance, 42n)
  const [first = 0n, second = 0n, third = 0n] = [1, 2, 3].map((epoch) => amounts.get(epoch))
  const token = { address: NATIVE, symbol: 'TSRA', decimals: 18 }
  assert.deepEqual(holder.totals, [
    { token, earned: first + second + third, claimed: second, claimable: first + third },
  ])
  const claim = { run, source: 0, token, operator: ann, holder: zoe, epochs: [1, 3], amount: first + third }
  assert.deepEqual(holder.claims, [claim])
  assert.deepEqual([holder.pace?.epochs, holder.pace?.earned], [3, first + second + third])
  const paid = await ask('earnings', { address: zoe })
  assert.deepEqual(
    paid.rows.map(({ epoch, claimTx }) => [epoch, claimTx !== null]),
    [
      [3, false],
      [2, true],
      [1, false],
    ],
  )
  for (const row of paid.rows) {
    const split = row.poolEarned - row.commission
    assert.equal(row.amount, split / 4n)
    assert.deepEqual([row.kind, row.token], ['holder', token])
  }

  const owner = await ask('holder', { address: OWNER })
  assert.deepEqual([owner.owns, owner.positions, owner.pace], [[run], [], null])
  assert.deepEqual(
    owner.claims.map(({ operator, holder: as }) => [operator, as]),
    [[OWNER, ZERO_ADDRESS]],
  )
  const stranger = await ask('holder', { address: addressOf('nobody') })
  assert.deepEqual([stranger.totals, stranger.claims, stranger.votes], [[], [], []])
})

test('a balance that the server does not say is not made up', async (t) => {
  const { ask, story } = await staged(t, played())
  story.fake.intercept = () => {
    throw noAnswer()
  }
  assert.equal((await ask('holder', { address: zoe })).balance, null)
})

test('earnings come page by page and by what is asked', async (t) => {
  const { ask } = await staged(t, played())
  const whole = await ask('earnings', { address: ann })
  const pages: typeof whole.rows = []
  let cursor: string | null | undefined
  do {
    const page = await ask('earnings', { address: ann, limit: 1, cursor: cursor ?? undefined })
    pages.push(...page.rows)
    cursor = page.next
  } while (cursor !== null)
  assert.deepEqual(pages, whole.rows)
  assert.deepEqual([whole.rows.length, whole.total], [3, 3])
  assert.deepEqual(
    (await ask('earnings', { address: ann, epoch: 2 })).rows.map(({ epoch }) => epoch),
    [2],
  )
  assert.equal((await ask('earnings', { address: ann, run: 99 })).total, 0)
  assert.equal((await ask('earnings', { address: ann, operator: bob })).total, 0)
  await assert.rejects(ask('earnings', { address: ann, cursor: 'WzFd' }), { code: 'indexer/bad-cursor' })
})

test('the emission stands where its schedule and the payments say', async (t) => {
  const { ask, follow, story } = await staged(t, played())
  const at = 1000 + 2 * (story.fake.blocks.length - 1)
  const period = Math.floor((at - 1_000) / 50)
  const before = await ask('emission', {})
  assert.deepEqual(before, {
    ...{ period, endsAt: 1_000 + 50 * (period + 1), seconds: 50, amount: 1_000n >> BigInt(period >> 1) },
    ...{ supply: CALLS.totalSupply, cap: CALLS.cap, runs: [] },
  })
  // A server that loses blocks may say anything for a moment.
  const { intercept } = story.fake
  story.fake.intercept = (method) => (method === 'eth_call' ? '0x' : undefined)
  assert.deepEqual(await ask('emission', {}), before)
  story.fake.intercept = intercept
  const choices = [{ manager: COORDINATOR, bps: 9_000, run: RUN }]
  story.fake.mine([story.log('emission', 'Voted', { holder: zoe, period: 1n, choices })])
  story.fake.mine([
    story.log('emission', 'Paid', { period: 0n, manager: COORDINATOR, run: RUN, votes: 5n, amount: 250n }),
  ])
  await follow()
  assert.deepEqual((await ask('emission', {})).runs, [{ run, votes: 5n, shareBps: 2_500 }])
  assert.deepEqual((await ask('runs', {}))[0]?.emission, { shareBps: 2_500, paid: 250n })
  assert.deepEqual((await ask('holder', { address: zoe })).votes, [{ run, weight: 9_000n }])
})
