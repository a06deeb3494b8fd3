import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { accountOf } from '@tessera/chain/account'
import { approve } from '@tessera/chain/actions/approve'
import { deposit } from '@tessera/chain/actions/deposit'
import { FakeChain, rpcError } from '@tessera/chain/fakeChain.fixture'
import type { Plan } from '@tessera/chain/plans/plan'
import type { Hex } from '@tessera/protocol/hex'
import { type Person, stage } from './tessera.fixture.ts'
import { transact } from './transact.ts'

const KEY: Hex = `0x${'11'.repeat(32)}`
const { address } = accountOf(KEY)
const TOKEN = 10n ** 18n

/** A chain whose blocks come when somebody looks for a receipt, a wallet, and a plan for two transactions. */
function desk() {
  const chain = new FakeChain()
  const calls = [1, 2].map(() => ({ status: '0x1', gasUsed: '0xc350', returnData: '0x' }))
  chain.intercept = (method) => {
    if (method === 'eth_getTransactionReceipt') chain.mine()
    return method === 'eth_simulateV1' ? [{ calls }] : undefined
  }
  let unlocked = 0
  const unlock = async (): Promise<Hex> => {
    unlocked++
    return KEY
  }
  const { deployment } = chain
  const plan: Plan = {
    intent: 'Deposit 12.5 TSRA.',
    afterwards: ['the operator has 12.5 TSRA bonded'],
    warnings: ['this is a gift'],
    facts: { amount: 12n * TOKEN },
    requests: [
      approve(deployment, { spender: deployment.stakeVault, amount: TOKEN }),
      deposit(deployment, { operator: address, amount: TOKEN }),
    ],
  }
  const sent = () => chain.requests.filter(({ method }) => method === 'eth_sendRawTransaction').length
  return { chain, plan, account: { name: 'cold', address, unlock }, unlocked: () => unlocked, sent }
}

const plain = { dryRun: false, yes: false, json: false, passwordFile: undefined }

async function run(t: TestContext, at: ReturnType<typeof desk>, options: Partial<typeof plain>, person?: Person) {
  const { scene, end } = stage(t, person)
  await transact(at.plan, at, { ...plain, ...options }, scene)
  return await end()
}

test('what would happen is said before it is asked, and asked before it happens', async (t) => {
  const at = desk()
  const { written, notes, questions } = await run(t, at, {}, { answers: ['y'] })
  assert.deepEqual(notes, [
    'Deposit 12.5 TSRA.',
    '  Afterwards  the operator has 12.5 TSRA bonded',
    '  Mind        this is a gift',
    `  Sends       approve, then deposit; from ${address} (wallet cold)`,
    // 100 000 gas at 1 gwei and the base fee; twice 122 500 gas at twice what the sender offers now.
    '  Costs       about 0.000101 ETH, at most 0.000491 ETH',
  ])
  assert.deepEqual(questions, ['Go on? [y/N] '])
  assert.match(written, /^approve: in block \d+, transaction 0x\w{64}\ndeposit: in block \d+, transaction 0x\w{64}\n$/)
  assert.deepEqual([at.sent(), at.unlocked()], [2, 1])
  // The gas limits that the cost was counted with are those that were signed.
  assert.deepEqual(
    at.chain.blocks.flatMap(({ transactions }) => transactions.map(({ gas }) => gas)),
    [122_500n, 122_500n],
  )
})

test('anything but yes is no', async (t) => {
  for (const answer of ['', 'n', 'yeah', 'Y es']) {
    const at = desk()
    await assert.rejects(run(t, at, {}, { answers: [answer] }), { code: 'cli/declined' })
    assert.deepEqual([at.sent(), at.unlocked()], [0, 0])
  }
})

test('without a terminal nothing moves, unless --yes says so', async (t) => {
  const at = desk()
  await assert.rejects(run(t, at, {}), { code: 'cli/not-confirmed', hint: /--yes/ })
  assert.equal(at.unlocked(), 0)
  const { written, notes } = await run(t, at, { yes: true, json: true })
  const { transactions, amount, from } = JSON.parse(written)
  assert.deepEqual([amount, from, transactions.length], [String(12n * TOKEN), address, 2])
  assert.deepEqual(Object.keys(transactions[0]), ['call', 'hash', 'blockNumber', 'gasUsed'])
  assert.ok(notes.some((note) => note.startsWith('approve: in block')))
})

test('a dry run sends nothing and needs no key', async (t) => {
  const at = desk()
  const { written } = await run(t, at, { dryRun: true })
  assert.match(written, /^Deposit 12.5 TSRA\.\n[\s\S]*Dry run: nothing was sent\.\n$/)
  const { transactions, maxCost } = JSON.parse((await run(t, at, { dryRun: true, json: true })).written)
  assert.deepEqual(transactions[1], {
    call: 'deposit',
    to: at.plan.requests[1]?.to,
    data: at.plan.requests[1]?.data,
    gas: '122500',
    tried: true,
  })
  assert.match(maxCost, /^\d+$/)
  assert.deepEqual([at.sent(), at.unlocked()], [0, 0])
})

test('what could not be tried is said', async (t) => {
  const at = desk()
  at.chain.intercept = (method) => {
    if (method === 'eth_simulateV1') throw rpcError(-32_601, 'method not found')
    return undefined
  }
  const { written } = await run(t, at, { dryRun: true })
  assert.match(written, /Mind +deposit can be tried only once the one before it is sent/)
})

test('chain/insufficient-funds before the first of several is sent', async (t) => {
  const at = desk()
  at.chain.balance = 10n ** 14n
  await assert.rejects(run(t, at, { yes: true }), {
    code: 'chain/insufficient-funds',
    message: new RegExp(`^${address} has 0.0001 ETH, and this may cost 0.000491 ETH`),
  })
  assert.equal(at.sent(), 0)
})
