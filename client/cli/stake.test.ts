import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { accountOf } from '@tessera/chain/account'
import { answerCalls, revertWith } from '@tessera/chain/answers.fixture'
import { FakeChain } from '@tessera/chain/fakeChain.fixture'
import { planCancellation } from '@tessera/chain/plans/cancellation'
import { planDeposit } from '@tessera/chain/plans/deposit'
import type { Plan } from '@tessera/chain/plans/plan'
import { planUnbond } from '@tessera/chain/plans/unbond'
import { planWithdrawal } from '@tessera/chain/plans/withdrawal'
import type { Hex } from '@tessera/protocol/hex'
import { planConsent } from './commands/stakeAllow.ts'
import { planCommission } from './commands/stakeCommission.ts'
import { describe, look } from './commands/stakeShow.ts'
import { planThaw } from './commands/stakeThaw.ts'
import { type Person, stage } from './tessera.fixture.ts'
import { transact } from './transact.ts'

const KEY: Hex = `0x${'11'.repeat(32)}`
const { address: holder } = accountOf(KEY)
const operator: Hex = `0x${'2'.repeat(40)}`
const TOKEN = 10n ** 18n
/** The fake chain's time at its first block. */
const NOW = 1_000n
const { signal } = new AbortController()

interface Vault {
  /** Wei and shares. */
  readonly pool?: readonly [assets: bigint, shares: bigint, unbonding: bigint]
  readonly bonded?: bigint
  readonly locked?: bigint
  readonly cooling?: bigint
  /** What the coordinator of the deployment can slash. */
  readonly slashable?: bigint
  readonly lockedByCoordinator?: bigint
  /** Active shares of the wallet; the operator has the rest of ten tokens. */
  readonly shares?: bigint
  readonly tickets?: readonly (readonly [shares: bigint, readyAt: bigint] | undefined)[]
  readonly commission?: { readonly now: bigint; readonly last: readonly [bps: bigint, from: bigint] }
  readonly balance?: bigint
  readonly allowed?: boolean
}

/** A wallet, and a vault with a pool of 15 tokens that was slashed by a third: a share is worth two thirds of a wei. */
function desk(vault: Vault = {}) {
  const { pool = [10n * TOKEN, 15n * TOKEN, 0n], bonded = pool[0], locked = 0n, cooling = 0n, tickets = [] } = vault
  const { shares = 6n * TOKEN, commission = { now: 1_000n, last: [1_000n, 5n] }, slashable = locked } = vault
  const chain = new FakeChain()
  const noTicket = revertWith('stakeVault', 'StakeVaultUnknownTicket', [operator, holder, 0n])
  answerCalls(chain, {
    poolOf: pool,
    bondedOf: bonded,
    lockedOf: locked,
    coolingOf: cooling,
    lockedBy: vault.lockedByCoordinator ?? locked,
    slashableBy: slashable,
    sharesOf: (_: Hex, of: Hex) => (of === holder ? shares : 9n * TOKEN),
    ticketCountOf: (_: Hex, of: Hex) => (of === holder ? BigInt(tickets.length) : 0n),
    ticketOf: (_operator: Hex, _holder: Hex, ticket: bigint) => tickets[Number(ticket)] ?? noTicket,
    commissionAt: commission.now,
    lastCommissionOf: commission.last,
    UNBONDING_SECONDS: 604_800,
    COMMISSION_DELAY: 1_209_600,
    delegateOf: `0x${'0'.repeat(40)}`,
    payoutOf: operator,
    endpointOf: '',
    isManagerAllowed: vault.allowed ?? true,
    balanceOf: vault.balance ?? 8n * TOKEN,
    allowance: 100n * TOKEN,
  })
  const unlock = (): Promise<Hex> => Promise.resolve(KEY)
  return { chain, account: { name: 'cold', address: holder, unlock } }
}

const callsOf = ({ requests }: Plan) => requests.map(({ name }) => name)
const unbond = (vault: Vault, options: { amount?: bigint; all?: boolean }) =>
  planUnbond(desk(vault), { operator, all: false, ...options }, { signal })
const withdraw = (vault: Vault, ticket?: number) =>
  planWithdrawal(desk(vault), { operator, ticket, to: holder }, { signal })

/** As the person at the terminal sees it, who says yes. */
async function seen(t: TestContext, at: ReturnType<typeof desk>, plan: Plan, person: Person = { answers: ['y'] }) {
  const { intercept } = at.chain
  at.chain.intercept = (method, params) => {
    if (method === 'eth_getTransactionReceipt') at.chain.mine()
    // What a plan asks is answered, and what it sends returns nothing.
    return method === 'eth_call' && 'from' in (params[0] as object) ? '0x' : intercept(method, params)
  }
  const { scene, end } = stage(t, person)
  await transact(plan, at, { dryRun: false, yes: false, json: false, passwordFile: undefined }, scene)
  return await end()
}

test('a delegation says what the operator keeps, what a slash takes and how long leaving takes', async (t) => {
  const at = desk({ commission: { now: 1_000n, last: [2_050n, 90_000n] } })
  const plan = await planDeposit(at, { operator, amount: 5n * TOKEN }, { signal })
  assert.deepEqual(callsOf(plan), ['deposit'])
  const { notes, questions, written } = await seen(t, at, plan)
  assert.deepEqual(notes.slice(0, -1), [
    `Delegate 5 TSRA from ${holder} to the operator ${operator}.`,
    '  Afterwards  the wallet has 9 TSRA in its pool of 15 TSRA bonded; the operator’s own part is 6 TSRA',
    '  Afterwards  the wallet holds 3 TSRA',
    '  Mind        the operator’s commission is 10 %, and 20.5 % from 1970-01-02 01:00:00 UTC on: it keeps that part of its rewards',
    '  Mind        rewards do not enter the pool: each holder claims its own, of epochs that open after this',
    '  Mind        a slash takes the same part of all stake in the pool, of this too, and of stake that unbonds until it is withdrawn',
    '  Mind        leaving takes 7 days from when it is asked for, and longer if it is locked in runs then',
    `  Sends       deposit; from ${holder} (wallet cold)`,
  ])
  assert.deepEqual(questions, ['Go on? [y/N] '])
  assert.match(written, /^deposit: in block \d+, transaction 0x\w{64}\n$/)
})

test('a delegation to an operator that others can slash, or that is short, says so', async () => {
  const at = desk({ locked: 11n * TOKEN, lockedByCoordinator: 4n * TOKEN })
  const { warnings = [] } = await planDeposit(at, { operator, amount: 1n }, { signal })
  assert.match(warnings.at(-2) ?? '', /coordinators other than that of this deployment have locked 7 TSRA/)
  assert.match(warnings.at(-1) ?? '', /the operator is short/)
})

test('a deposit for oneself needs no such words, but the tokens', async () => {
  const own = await planDeposit(desk(), { operator: holder, amount: TOKEN }, { signal })
  assert.deepEqual(own.warnings ?? [], [])
  assert.match(own.afterwards[0] ?? '', /has 11 TSRA bonded, of which 11 TSRA are free/)
  await assert.rejects(planDeposit(desk({ balance: 0n }), { operator, amount: 1n }, { signal }), {
    code: 'stake/too-few-tokens',
  })
})

test('an amount becomes the shares that are worth it, and all of it is all shares', async () => {
  const part = await unbond({ tickets: [undefined, undefined] }, { amount: 2n * TOKEN + 1n })
  // A share is worth two thirds of a wei: the odd wei takes two.
  assert.deepEqual([part.facts.shares, part.ticket], [3n * TOKEN + 2n, 2n])
  assert.match(part.afterwards[1] ?? '', /^ticket 2, of 2\.0+1 TSRA, can be withdrawn 7 days from now/)
  const all = await unbond({ shares: 6n * TOKEN + 1n }, { all: true })
  assert.deepEqual([all.facts.shares, all.facts.amount], [6n * TOKEN + 1n, 4n * TOKEN])
  const most = await unbond({ shares: 6n * TOKEN + 1n }, { amount: 4n * TOKEN })
  assert.equal(most.facts.shares, 6n * TOKEN)
})

test('more than there is, nothing and two ways at once are refused', async () => {
  await assert.rejects(unbond({}, { amount: 4n * TOKEN + 1n }), {
    code: 'stake/not-enough',
    message: /has 4 TSRA bonded/,
  })
  await assert.rejects(unbond({ shares: 0n }, { all: true }), { code: 'stake/not-enough' })
  await assert.rejects(unbond({}, {}), { code: 'stake/how-much' })
  await assert.rejects(unbond({}, { amount: 1n, all: true }), { code: 'stake/how-much' })
})

test('to unbond what is locked is possible, and said', async () => {
  const { warnings = [] } = await unbond({ locked: 7n * TOKEN }, { all: true })
  assert.match(warnings.at(-1) ?? '', /only once the operator has left enough/)
  assert.equal((await unbond({ locked: 6n * TOKEN }, { all: true })).warnings?.length, 1)
})

const [ready, later] = [
  [3n * TOKEN, NOW],
  [6n * TOKEN, NOW + 60n],
] as const

test('the oldest ticket is paid, or the one that is named', async () => {
  const plan = await withdraw({ tickets: [undefined, ready, later] })
  assert.match(plan.intent, /^Withdraw 2 TSRA of .*, ticket 1 with the operator/)
  assert.deepEqual([callsOf(plan), plan.warnings], [['completeUnbond'], []])
  assert.equal((await withdraw({ tickets: [ready, ready] }, 1)).facts.ticket, 1n)
  await assert.rejects(withdraw({ tickets: [ready, later] }, 1), {
    code: 'stake/still-unbonding',
    message: 'ticket 1, of 4 TSRA, still unbonds',
    hint: 'It can be withdrawn from 1970-01-01 00:17:40 UTC on, which is 1 minute from now',
  })
  await assert.rejects(withdraw({ tickets: [undefined, later] }), { code: 'stake/still-unbonding' })
  await assert.rejects(withdraw({}), { code: 'stake/nothing-unbonding' })
  await assert.rejects(withdraw({ tickets: [undefined, later] }, 0), {
    code: 'stake/unknown-ticket',
    hint: 'Those that wait: 1',
  })
})

test('a ticket that locks hold back says what frees it', async () => {
  const held = (vault: Vault, hint: RegExp) =>
    assert.rejects(withdraw({ tickets: [ready], ...vault }), { code: 'stake/held-back', message: /only 1 TSRA/, hint })
  // The operator has to leave its runs.
  await held(
    { locked: 9n * TOKEN },
    /^The operator must leave enough of its runs; what they release is free 7 days later/,
  )
  // It has left, and what was released still cools.
  await held({ locked: 3n * TOKEN, cooling: 6n * TOKEN, slashable: 9n * TOKEN }, /^What cools is free within 7 days/)
  // It has cooled.
  await held(
    { locked: 3n * TOKEN, cooling: 6n * TOKEN, slashable: 3n * TOKEN },
    /^Run .*thaw.*which frees up to 6 TSRA/,
  )
  assert.equal((await withdraw({ tickets: [ready], locked: 8n * TOKEN })).facts.amount, 2n * TOKEN)
})

test('what has cooled is thawed, and nothing else', async () => {
  const thaw = (vault: Vault) => {
    const at = desk(vault)
    return planThaw(at, { operator, manager: at.chain.deployment.runCoordinator }, { signal })
  }
  const { afterwards } = await thaw({ locked: 3n * TOKEN, cooling: 6n * TOKEN, slashable: 4n * TOKEN })
  assert.deepEqual(afterwards, ['up to 6 TSRA of its pool can be withdrawn, and 1 TSRA now'])
  await assert.rejects(thaw({ cooling: TOKEN, slashable: TOKEN }), {
    code: 'stake/nothing-cooled',
    hint: /^1 TSRA still/,
  })
  await assert.rejects(thaw({ locked: TOKEN }), { code: 'stake/nothing-cooled', hint: /1 TSRA are locked in runs$/ })
})

test('a cancelled ticket counts again', async () => {
  const at = desk({ tickets: [later, ready] })
  const { afterwards, facts } = await planCancellation(at, { operator, ticket: 0 }, { signal })
  assert.deepEqual(afterwards, ['the wallet has 8 TSRA bonded there'])
  assert.equal(facts.ticket, 0n)
  await assert.rejects(planCancellation(at, { operator, ticket: 2 }, { signal }), { code: 'stake/unknown-ticket' })
})

test('a commission says until when the old one counts, and what it replaces', async () => {
  const { intent, afterwards, facts } = await planCommission(desk(), { percent: 12.25 }, { signal })
  assert.match(intent, /to 12\.25 %\.$/)
  assert.deepEqual(afterwards, ['it is 12.25 % from 14 days from now on, and 10 % until then'])
  assert.equal(facts.bps, 1_225)
  const pending = desk({ commission: { now: 0n, last: [7n, 90_000n] } })
  const { warnings = [] } = await planCommission(pending, { percent: 0.07 }, { signal })
  assert.match(warnings.join(), /replaces 0 %, and 0\.07 % from 1970-01-02 01:00:00 UTC on: the delay begins anew/)
  await assert.rejects(planCommission(desk(), { percent: 0.125 }, { signal }), { code: 'stake/bad-percent' })
})

test('consent waits while others hold more than a tenth of the pool', async () => {
  const manager = operator
  const consent = (vault: Vault) => planConsent(desk(vault), { manager, allowed: true }, { signal })
  const late = await consent({ allowed: false })
  assert.match(late.warnings?.join() ?? '', /more than a tenth of the pool \(4 TSRA are its own\).* in 14 days/)
  assert.equal(late.facts.countsAfterSeconds, 1_209_600n)
  assert.equal((await consent({ allowed: true })).facts.countsAfterSeconds, 0n)
  assert.equal((await consent({ allowed: false, shares: (135n * TOKEN) / 10n })).facts.countsAfterSeconds, 0n)
})

test('an operator is shown with its pool, a holder’s part and its tickets', async () => {
  const { chain } = desk({ tickets: [ready, undefined, later], locked: 11n * TOKEN, cooling: TOKEN, allowed: false })
  const lines = describe(await look(chain, { operator, holder }, { signal }))
  assert.deepEqual(lines, [
    `operator      ${operator}`,
    'holds         8 TSRA, 1000000 ETH',
    'pool          10 TSRA bonded, of which 6 TSRA its own; 0 TSRA unbonding',
    'locked        11 TSRA in runs, 1 TSRA cooling after them; 0 TSRA free',
    'short         holders wait for stake that is locked in runs',
    'commission    10 %',
    'rewards       are paid to itself; `tessera claim show` lists them',
    'delegate key  none',
    'endpoint      none',
    'coordinator   may not lock its stake',
    `holder        ${holder}`,
    'position      4 TSRA bonded',
    'ticket 0      2 TSRA, its delay has passed',
    'ticket 2      4 TSRA, can be withdrawn from 1970-01-01 00:17:40 UTC on',
  ])
})
