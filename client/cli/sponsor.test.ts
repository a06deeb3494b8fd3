import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerCalls, revertWith } from '@tessera/chain/answers.fixture'
import { FakeChain } from '@tessera/chain/fakeChain.fixture'
import type { Plan } from '@tessera/chain/plans/plan'
import { planReclaim } from '@tessera/chain/plans/reclaim'
import { planSponsorship } from '@tessera/chain/plans/sponsorship'
import { planSponsorWithdrawal } from '@tessera/chain/plans/sponsorWithdrawal'
import { amountText } from '@tessera/chain/plans/tokenAmounts'
import { planTopUp } from '@tessera/chain/plans/topUp'
import type { Hex } from '@tessera/protocol/hex'
import { planGrant } from './commands/sponsorGrant.ts'
import { describeSponsorships, lookAtSponsorships } from './commands/sponsorShow.ts'

const TOKEN = 10n ** 18n
/** One of six decimals. */
const USD = 10n ** 6n
const sponsor: Hex = `0x${'80'.repeat(20)}`
const stranger: Hex = `0x${'90'.repeat(20)}`
const usd: Hex = `0x${'70'.repeat(20)}`
const { signal } = new AbortController()
const { runCoordinator: manager, token: native } = new FakeChain().deployment
const run = 1n

interface Escrow {
  readonly symbol?: string
  readonly decimals?: number
  readonly balance?: bigint
  readonly allowance?: bigint
  /** The next one to open. */
  readonly epoch?: bigint
  readonly sponsorship?: Partial<typeof usual> | undefined
  readonly count?: bigint
  /** Shares of 2^-64 that settled epochs earned, from the first on. */
  readonly settled?: readonly bigint[]
}

const usual = { token: usd, first: 1n, sponsor, next: 1n, perEpoch: 10n * USD, budget: 95n * USD }

function desk(escrow: Escrow = {}) {
  const { epoch = 3n, settled = [], sponsorship = {} } = escrow
  const chain = new FakeChain()
  const entry = { ...usual, ...sponsorship }
  const unknown = revertWith('rewardEscrow', 'RewardEscrowUnknownSource', [manager, run, 9n])
  const known = (source: bigint, value: unknown) => (source === 9n ? unknown : value)
  const held = (epoch - entry.first) * entry.perEpoch
  answerCalls(
    chain,
    {
      symbol: escrow.symbol ?? 'USDC',
      decimals: escrow.decimals ?? 6,
      balanceOf: escrow.balance ?? 200n * USD,
      allowance: escrow.allowance ?? 0n,
      runCount: 5n,
      nextEpochOf: [epoch, 7n * TOKEN, 2n],
      sponsorshipsOf: escrow.count ?? 1n,
      sponsorshipOf: (_manager: Hex, _run: bigint, source: bigint) => known(source, entry),
      freeOf: (_manager: Hex, _run: bigint, source: bigint) =>
        known(source, entry.budget > held ? entry.budget - held : 0n),
      epochOf: (_manager: Hex, _run: bigint, at: bigint) => {
        const share = settled[Number(at) - 1]
        return { grant: 0n, openedAt: at < epoch ? 5 : 0, settled: share !== undefined, totalShare: share ?? 0n }
      },
      potOf: entry.perEpoch,
    },
    [usd],
  )
  const unlock = () => Promise.reject(new Error('not needed'))
  return { chain, account: { name: 'giver', address: sponsor, unlock } }
}

const callsOf = ({ requests }: Plan) => requests.map(({ name }) => name)
const offer = (escrow: Escrow, terms: { amount?: bigint; perEpoch?: bigint; token?: Hex } = {}) =>
  planSponsorship(
    desk(escrow),
    { manager, run, token: usd, amount: 95n * TOKEN, perEpoch: 10n * TOKEN, ...terms },
    { signal },
  )
const topUp = (escrow: Escrow, source = 1n) =>
  planTopUp(desk(escrow), { manager, run, source, amount: 25n * TOKEN }, { signal })
const withdraw = (escrow: Escrow, what: { amount?: bigint; all?: boolean; source?: bigint }) =>
  planSponsorWithdrawal(
    desk(escrow),
    { manager, run, source: 1n, amount: undefined, all: false, to: stranger, ...what },
    { signal },
  )
const reclaim = (escrow: Escrow, most = 100, source = 1n) =>
  planReclaim(desk(escrow), { manager, run, source, most, to: sponsor }, { signal })

test('amounts of a token are told by its decimals, exactly', () => {
  const of = { token: usd, symbol: 'USDC', decimals: 6, native: false }
  assert.equal(amountText(1n, of), '0.000001 USDC')
  assert.equal(amountText(12_500_000n, of), '12.5 USDC')
  assert.equal(amountText(0n, { ...of, decimals: 0 }), '0 USDC')
  assert.equal(amountText(5n, { ...of, symbol: undefined, decimals: 20 }), `0.00000000000000000005 of ${usd}`)
  assert.equal(amountText(5n, { ...of, decimals: undefined }), `5 units of ${usd}`)
})

test('a sponsorship says what it pays, and of which token', async () => {
  const plan = await offer({})
  assert.equal(plan.intent, `Sponsor run 1 with 95 USDC of ${sponsor}.`)
  assert.deepEqual(plan.afterwards, [
    'it pays 10 USDC for each of the 9 epochs 3 to 11, and 5 USDC for epoch 12',
    'the wallet holds 105 USDC',
  ])
  assert.equal(plan.warnings?.[0], `the token is ${usd}, whose own code says its name and decimals`)
  assert.deepEqual(callsOf(plan), ['approve', 'sponsor'])
  assert.deepEqual([plan.requests[0]?.to, plan.facts.amount, plan.facts.perEpoch], [usd, 95n * USD, 10n * USD])
  const short = await offer({}, { amount: 5n * TOKEN })
  assert.equal(short.afterwards[0], 'it pays 5 USDC for epoch 3')
  const one = await offer({}, { amount: 10n * TOKEN })
  assert.equal(one.afterwards[0], 'it pays 10 USDC for epoch 3')
})

test('an allowance that is there is used, or set to zero first', async () => {
  assert.deepEqual(callsOf(await offer({ allowance: 95n * USD })), ['sponsor'])
  assert.deepEqual(callsOf(await offer({ allowance: 1n })), ['approve', 'approve', 'sponsor'])
  const own = await offer({ allowance: 1n, balance: 95n * TOKEN }, { token: native })
  assert.deepEqual(callsOf(own), ['approve', 'sponsor'])
  assert.doesNotMatch(own.warnings?.join() ?? '', /the token is/)
})

test('a token with our name is told apart', async () => {
  const { warnings = [], intent } = await offer({ symbol: 'TSRA' })
  assert.equal(intent, `Sponsor run 1 with 95 of ${usd} of ${sponsor}.`)
  assert.equal(warnings[1], 'it calls itself TSRA and is not the token of this deployment')
})

test('tokens with more decimals than options have, and with fewer', async () => {
  const many = await offer({ decimals: 20, balance: 10n ** 30n })
  assert.equal(many.facts.amount, 95n * 10n ** 20n)
  await assert.rejects(offer({ decimals: 0 }, { perEpoch: TOKEN / 2n }), { code: 'sponsor/too-precise' })
  await assert.rejects(offer({ decimals: 77 }), { code: 'sponsor/bad-token' })
  await assert.rejects(offer({ balance: 94n * USD }), {
    code: 'sponsor/too-few-tokens',
    message: `${sponsor} holds 94 USDC, not 95 USDC`,
  })
  const nowhere = { manager, run: 6n, token: usd, amount: TOKEN, perEpoch: TOKEN }
  await assert.rejects(planSponsorship(desk(), nowhere, { signal }), { code: 'run/unknown' })
})

test('more is added to a sponsorship that still pays', async () => {
  const own = await topUp({ allowance: 25n * USD })
  assert.equal(own.intent, `Add 25 USDC of ${sponsor} to sponsorship 1 of run 1.`)
  assert.equal(own.afterwards[0], 'it pays 10 USDC for each of the 12 epochs 1 to 12')
  assert.deepEqual([callsOf(own), own.warnings?.length], [['topUp'], 1])
  const foreign = await topUp({ sponsorship: { sponsor: stranger } })
  assert.equal(foreign.warnings?.at(-1), `it is a gift to ${stranger}, who can withdraw it`)
  assert.deepEqual(callsOf(await topUp({ epoch: 10n })), ['approve', 'topUp'])
  await assert.rejects(topUp({ epoch: 11n }), { code: 'sponsor/spent', message: /could not pay an epoch in full/ })
  await assert.rejects(topUp({}, 9n), { code: 'sponsor/unknown' })
})

test('what no opened epoch holds is taken back, all or a part', async () => {
  const all = await withdraw({}, { all: true })
  assert.equal(all.intent, `Take back 75 USDC of sponsorship 1 of run 1, to ${stranger}.`)
  assert.deepEqual(all.afterwards, [
    'with the epochs that have opened it pays 10 USDC for each of the 2 epochs 1 to 2',
    '0 USDC of it are free',
  ])
  const part = await withdraw({}, { amount: 30n * TOKEN })
  assert.deepEqual([part.facts.amount, part.facts.freeAfterwards], [30n * USD, 45n * USD])
  const odd = await withdraw({ decimals: 77 }, { all: true })
  assert.match(odd.intent, new RegExp(`^Take back 75000000 units of ${usd}`))
})

test('why nothing is taken back is said', async () => {
  await assert.rejects(withdraw({}, {}), { code: 'sponsor/how-much' })
  await assert.rejects(withdraw({}, { amount: 1n, all: true }), { code: 'sponsor/how-much' })
  await assert.rejects(withdraw({}, { amount: 76n * TOKEN }), { code: 'sponsor/not-enough', message: /^75 USDC/ })
  await assert.rejects(withdraw({ epoch: 11n }, { all: true }), { code: 'sponsor/not-enough', message: /^0 USDC/ })
  const foreign = { sponsorship: { sponsor: stranger } }
  await assert.rejects(withdraw(foreign, { all: true }), { code: 'sponsor/not-yours' })
  await assert.rejects(reclaim(foreign), { code: 'sponsor/not-yours' })
  await assert.rejects(withdraw({}, { all: true, source: 9n }), { code: 'sponsor/unknown' })
})

const [all, half] = [2n ** 64n, 2n ** 63n]

test('what settled epochs did not earn goes back, up to the first that is open', async () => {
  const plan = await reclaim({ epoch: 6n, settled: [half, all, 0n] })
  assert.equal(plan.intent, `Take back 15 USDC that epochs 1 to 3 of run 1 did not earn, to ${sponsor}.`)
  assert.deepEqual([plan.afterwards, callsOf(plan)], [['epoch 4 is the next to give back'], ['reclaim']])
  assert.deepEqual([plan.facts.from, plan.facts.next], [1n, 4n])
  const last = await reclaim({ epoch: 9n, settled: [all, half], sponsorship: { next: 2n, budget: 15n * USD } })
  assert.deepEqual(last.afterwards, ['all its epochs are done'])
  const some = await reclaim({ epoch: 6n, settled: [half, half, half] }, 2)
  assert.equal(some.facts.amount, 10n * USD)
})

test('epochs that earned all are passed over once as many as are looked at have', async () => {
  await assert.rejects(reclaim({ settled: [all, all] }), {
    code: 'sponsor/nothing-to-reclaim',
    hint: /^2 epochs from 1/,
  })
  assert.deepEqual((await reclaim({ settled: [all, all] }, 2)).facts.next, 3n)
  await assert.rejects(reclaim({ sponsorship: { next: 11n } }), {
    code: 'sponsor/nothing-to-reclaim',
    hint: 'All its epochs are done',
  })
})

test('a grant says that it is for ever', async () => {
  const at = desk({ balance: 10n * TOKEN })
  const plan = await planGrant(at, { manager, run, amount: 4n * TOKEN }, { signal })
  assert.equal(plan.intent, `Give 4 TSRA of ${sponsor} to run 1, for ever.`)
  assert.deepEqual(plan.afterwards, ['the run has 11 TSRA of grants for epochs to come', 'the wallet holds 6 TSRA'])
  assert.match(plan.warnings?.[0] ?? '', /^nobody can take it back/)
  assert.deepEqual(callsOf(plan), ['approve', 'grant'])
  await assert.rejects(planGrant(at, { manager, run, amount: 11n * TOKEN }, { signal }), {
    code: 'sponsor/too-few-tokens',
  })
})

test('the sponsorships of a run are shown, the newest first', async () => {
  const { chain } = desk({ count: 3n })
  const lines = describeSponsorships(chain, await lookAtSponsorships(chain, { manager, run, limit: 2 }, { signal }))
  const each = [
    '               pays 10 USDC for each of the 9 epochs 1 to 9, and 5 USDC for epoch 10; epochs from 1 on have not given back',
    `               token ${usd}`,
  ]
  assert.deepEqual(lines, [
    'run            run 1',
    'next epoch     3, which 2 sponsorships pay',
    'grant          7 TSRA',
    `sponsorship 3  95 USDC, 75 USDC of it free; of ${sponsor}`,
    ...each,
    `sponsorship 2  95 USDC, 75 USDC of it free; of ${sponsor}`,
    ...each,
  ])
})

test('a token that says nothing of itself is shown by its address', async () => {
  const { chain } = desk({ symbol: 'not a symbol', decimals: 99 })
  const { sponsorships } = await lookAtSponsorships(chain, { manager, run, limit: 2 }, { signal })
  assert.deepEqual([sponsorships[0]?.symbol, sponsorships[0]?.decimals], [undefined, undefined])
  assert.deepEqual(
    (await lookAtSponsorships(desk({ count: 0n }).chain, { manager, run, limit: 2 }, { signal })).sponsorships,
    [],
  )
})
