// The commands of `tessera` that move money, on a real chain: a wallet bonds stake, takes it out again, names its keys and claims its
// pay. One chain for all, and each test goes on where the one before ended.

import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { getCommissionDelay } from '@tessera/chain/actions/getCommissionDelay'
import { getStake } from '@tessera/chain/actions/getStake'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import { getUnbondingSeconds } from '@tessera/chain/actions/getUnbondingSeconds'
import { isManagerAllowed } from '@tessera/chain/actions/isManagerAllowed'
import { transfer } from '@tessera/chain/actions/transfer'
import { formatDeployment } from '@tessera/chain/addresses'
import { getNonce } from '@tessera/chain/rpc'
import type { TransactionSender } from '@tessera/chain/send'
import { type Person, tessera } from '@tessera/cli/tessera.fixture'
import type { Hex } from '@tessera/protocol/hex'
import { ChainHarness } from './chainHarness.ts'
import { giveGrant, newRun, runParamsOfTests, TestMember } from './chainMembers.ts'

const TOKEN = 10n ** 18n
const PASSWORD = 'correct horse'
const OTHER = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'

let harness: ChainHarness
let holder: TransactionSender
let cold: Hex

before(async () => {
  harness = await ChainHarness.start()
  // A command waits for its blocks: each transaction makes one.
  await harness.rpc('evm_setAutomine', [true])
  await writeFile(join(harness.folder, 'deployment.json'), formatDeployment(harness.chain.deployment))
  await writeFile(join(harness.folder, 'password'), PASSWORD, { mode: 0o600 })
  holder = await harness.sender('holder')
})

after(async () => {
  await harness.close()
})

/** A command that acts with the wallet; its password is in a file. */
function run(t: TestContext, words: string, person?: Person) {
  const { folder } = harness
  const chain = ['--rpc', harness.rpcUrl, '--deployment', join(folder, 'deployment.json')]
  const password = ['--password-file', join(folder, 'password')]
  const wallet = ['--wallets', join(folder, 'wallets'), ...(words.includes('--wallet ') ? [] : ['--wallet', 'cold'])]
  const reads = /^(stake show|run)/.test(words)
  const [group = '', ...rest] = words.split(' ')
  const name = rest[0]?.startsWith('--') === false ? [group, rest.shift() ?? ''] : [group]
  const own = [...wallet, ...(name[1] === 'show' ? [] : password)]
  return tessera(t, [...name, ...chain, ...(reads ? [] : own), ...rest], person)
}

async function show(t: TestContext): Promise<Record<string, unknown>> {
  return JSON.parse((await run(t, `stake show --json --operator ${cold}`)).written)
}

test('a wallet is made, and has nothing', async (t) => {
  const { folder } = harness
  const files = ['--wallets', join(folder, 'wallets'), '--password-file', join(folder, 'password')]
  const made = await tessera(t, ['wallet', 'new', '--name', 'cold', '--scrypt', 'light', '--json', ...files])
  cold = JSON.parse(made.written).address
  const { bonded, tokens, delegate } = await show(t)
  assert.deepEqual([bonded, tokens, delegate], ['0', '0', `0x${'0'.repeat(40)}`])
  await assert.rejects(run(t, 'stake deposit --amount 12.5 --dry-run'), {
    code: 'stake/too-few-tokens',
    message: `${cold} holds 0 TSRA, not 12.5 TSRA`,
  })
  await harness.send(holder, transfer(harness.chain.deployment, { to: cold, amount: 20n * TOKEN }))
  await assert.rejects(run(t, 'stake deposit --amount 12.5 --dry-run'), { code: 'chain/insufficient-funds' })
  await harness.rpc('anvil_setBalance', [cold, '0xde0b6b3a7640000'])
})

test('a deposit is rehearsed with its approval, and then made', async (t) => {
  const { written } = await run(t, 'stake deposit --amount 12.5 --dry-run --json')
  const { transactions, bondedAfterwards, maxCost } = JSON.parse(written)
  assert.equal(bondedAfterwards, '12500000000000000000')
  assert.deepEqual(
    transactions.map(({ call, tried }: { call: string; tried: boolean }) => [call, tried]),
    [
      ['approve', true],
      ['deposit', true],
    ],
  )
  assert.equal(await getNonce(harness.chain, cold), 0n, 'a dry run sends nothing')

  const etherBefore = BigInt(String((await show(t)).wei))
  const { notes, questions } = await run(t, 'stake deposit --amount 12.5', { answers: ['yes'] })
  assert.equal(questions.length, 1)
  assert.match(notes[0] ?? '', new RegExp(`^Deposit 12.5 TSRA from ${cold} as stake of the operator ${cold}\\.$`))
  const { bonded, tokens, wei } = await show(t)
  assert.deepEqual([bonded, tokens], [bondedAfterwards, '7500000000000000000'])
  assert.ok(etherBefore - BigInt(String(wei)) <= BigInt(maxCost), 'it cost no more than was said')
})

test('an operator is shown for people, by its wallet', async (t) => {
  const { folder } = harness
  const { written } = await run(t, `stake show --wallets ${join(folder, 'wallets')}`)
  assert.match(written, new RegExp(`^operator +${cold}$`, 'm'))
  assert.match(written, /^pool +12.5 TSRA bonded, of which 12.5 TSRA its own; 0 TSRA unbonding$/m)
  assert.match(written, /^locked +0 TSRA in runs, 0 TSRA cooling after them; 12.5 TSRA free$/m)
  assert.match(written, /^commission +0 %$/m)
  assert.match(written, /^holder +the operator itself$/m)
  assert.match(written, /^position +12.5 TSRA bonded$/m)
  assert.match(written, /^rewards +are paid to itself; `tessera claim show` lists them$/m)
  assert.match(written, /^coordinator +may not lock its stake$/m)
})

test('a wallet whose file names no address is known once its password has opened it', async (t) => {
  const wallets = join(harness.folder, 'wallets')
  const { address, ...rest } = JSON.parse(await readFile(join(wallets, 'cold.json'), 'utf8'))
  assert.equal(`0x${address}`, cold.toLowerCase())
  await writeFile(join(wallets, 'nameless.json'), JSON.stringify(rest), { mode: 0o600 })
  await assert.rejects(run(t, `stake show --wallets ${wallets} --wallet nameless`), { code: 'wallet/no-address' })
  const { written } = await run(t, 'stake deposit --amount 1 --dry-run --json --wallet nameless')
  assert.equal(JSON.parse(written).from, cold)
  await rm(join(wallets, 'nameless.json'))
})

test('the operator names its keys and lets the coordinator lock', async (t) => {
  const { chain } = harness
  const manager = chain.deployment.runCoordinator
  await run(t, `stake delegate-key --key ${OTHER} --yes`)
  await run(t, `stake payout --to ${OTHER} --yes`)
  await run(t, 'stake allow --yes')
  const { delegate, payout } = await getStake(chain, { operator: cold })
  assert.deepEqual([delegate, payout, await isManagerAllowed(chain, { operator: cold, manager })], [OTHER, OTHER, true])
  const { written } = await run(t, `stake allow --manager ${OTHER} --dry-run`)
  assert.match(written, /Mind +it is not the coordinator of this deployment/)
  await run(t, 'stake allow --revoke --yes')
  assert.equal(await isManagerAllowed(chain, { operator: cold, manager }), false)
  await run(t, `stake delegate-key --key 0x${'0'.repeat(40)} --yes`)
  assert.match((await run(t, `stake show --operator ${cold}`)).written, /^delegate key +none$/m)
  // What the contracts alone know is in the words of their error.
  await assert.rejects(run(t, `stake delegate-key --key ${cold} --yes`), {
    code: 'chain/revert',
    message: /DelegateTaken/,
  })
})

test('stake is taken out after its delay, ticket by ticket, to whom it shall go', async (t) => {
  const { chain } = harness
  const delay = Number(await getUnbondingSeconds(chain))
  await assert.rejects(run(t, 'stake withdraw --yes'), { code: 'stake/nothing-unbonding' })
  await assert.rejects(run(t, 'stake unbond --amount 13 --yes'), { code: 'stake/not-enough', message: /has 12.5 TSRA/ })
  const { written } = await run(t, 'stake unbond --amount 2.5 --yes')
  assert.match(written, /^ticket 0: can be withdrawn from \d{4}-.* UTC on, with `tessera stake withdraw`$/m)
  await harness.pass(delay / 2)
  await run(t, 'stake unbond --amount 1 --yes')
  await assert.rejects(run(t, 'stake withdraw --yes'), { code: 'stake/still-unbonding', hint: /from now$/ })
  await harness.pass(delay / 2)
  await run(t, `stake withdraw --to ${OTHER} --yes`)
  assert.equal(await getTokenBalance(chain, { account: OTHER }), (5n * TOKEN) / 2n)
  await assert.rejects(run(t, 'stake withdraw --yes'), {
    code: 'stake/still-unbonding',
    message: /^ticket 1, of 1 TSRA/,
  })
  await harness.pass(delay / 2)
  await run(t, `stake withdraw --ticket 1 --to ${OTHER} --yes`)
  assert.equal(await getTokenBalance(chain, { account: OTHER }), (7n * TOKEN) / 2n)
  assert.equal((await show(t)).bonded, String(9n * TOKEN))
})

test('a commission counts after its delay', async (t) => {
  const { chain } = harness
  const { written } = await run(t, 'stake commission --percent 12.5 --yes')
  assert.match(written, /^commission: 0 %, and 12.5 % from \d{4}-.* UTC on$/m)
  await harness.pass(Number(await getCommissionDelay(chain)))
  assert.match((await run(t, `stake show --operator ${cold}`)).written, /^commission +12.5 %$/m)
})

test('nothing to claim is said', async (t) => {
  await assert.rejects(run(t, 'claim --yes'), { code: 'claim/nothing', message: `${cold} has nothing to claim` })
  const { to, dues } = JSON.parse((await run(t, 'claim show --json')).written)
  assert.deepEqual([to, dues], [OTHER, []])
  for (const words of ['0', '5-4', 'all'])
    await assert.rejects(run(t, `claim --epochs ${words} --yes`), { code: 'claim/bad-range' })
  await assert.rejects(run(t, 'claim --source grant --yes'), { code: 'claim/bad-source' })
})

test('a second wallet delegates to the operator, and takes its stake out again', async (t) => {
  const { chain, folder } = harness
  const wallets = join(folder, 'wallets')
  const files = ['--wallets', wallets, '--password-file', join(folder, 'password')]
  const made = await tessera(t, ['wallet', 'new', '--name', 'saver', '--scrypt', 'light', '--json', ...files])
  const saver: Hex = JSON.parse(made.written).address
  await harness.send(holder, transfer(chain.deployment, { to: saver, amount: 8n * TOKEN }))
  await harness.rpc('anvil_setBalance', [saver, '0xde0b6b3a7640000'])
  const own = (words: string) => run(t, `${words} --operator ${cold} --wallet saver --yes`)
  const position = async () =>
    JSON.parse((await run(t, `stake show --json --operator ${cold} --wallets ${wallets} --wallet saver`)).written)
      .position

  const { notes } = await own('delegate --amount 5')
  assert.equal(notes[0], `Delegate 5 TSRA from ${saver} to the operator ${cold}.`)
  assert.ok(notes.some((note) => note.includes('commission is 12.5 %')))
  assert.equal((await position()).value, String(5n * TOKEN))
  assert.match(
    (await run(t, `stake show --operator ${cold}`)).written,
    /^pool +14 TSRA bonded, of which 9 TSRA its own/m,
  )

  await own('stake unbond --amount 2')
  await own('stake cancel --ticket 0')
  const cancelled = await position()
  assert.deepEqual([cancelled.value, cancelled.tickets], [String(5n * TOKEN), []])
  await own('stake unbond --all')
  assert.equal((await position()).value, '0')
  await assert.rejects(own('stake withdraw'), { code: 'stake/still-unbonding', message: /^ticket 1, of 5 TSRA/ })
  await harness.pass(Number(await getUnbondingSeconds(chain)))
  await own('stake withdraw')
  assert.equal(await getTokenBalance(chain, { account: saver }), 8n * TOKEN)
})

test('runs are listed and shown', async (t) => {
  const { deployment } = harness.chain
  assert.match((await run(t, 'run list')).notes.join(), /no runs yet/)
  await assert.rejects(run(t, 'run show'), { code: 'run/unknown', hint: /none yet/ })
  const params = runParamsOfTests(deployment.token)
  for (let i = 0; i < 2; i++) await newRun(harness, holder, params)
  await giveGrant(harness, holder, 2n, 3n * TOKEN)
  const { written, notes } = await run(t, 'run list --limit 1')
  assert.equal(written, `run 2  Idle, round 0, epoch 0; grants 3 TSRA; owner ${holder.address}\n`)
  assert.deepEqual(notes, ['2 runs in all; --limit lists more.'])
  const listed = JSON.parse((await run(t, 'run list --json')).written)
  assert.deepEqual([listed.count, listed.runs.map(({ run }: { run: string }) => run)], ['2', ['2', '1']])
  const shown = (await run(t, 'run show --run 2')).written
  for (const line of [
    /^grants +3 TSRA for epochs to come$/m,
    /^minerStake +10 TSRA$/m,
    /^trainSeconds +1 hour$/m,
    /^minerShareBps +41 %$/m,
  ])
    assert.match(shown, line)
  const { phase, params: told, members } = JSON.parse((await run(t, 'run show --run 2 --json')).written)
  assert.deepEqual([phase, told.epochPot, members], ['Idle', String(params.epochPot), []])
  const miner = await TestMember.make(harness, 2n, 'miner')
  await miner.join(holder, 'miner', 10n * TOKEN)
  assert.match((await run(t, 'run show --run 2')).written, /^miner 0 +0x[0-9a-fA-F]{40}, 10 TSRA locked$/m)
  await assert.rejects(run(t, 'run show --run 3'), { code: 'run/unknown', hint: /from 1 to 2/ })
})
