// Pay from its source to its earners, on a real chain: two runs share the emission by votes, members play an epoch, it is settled, and
// the command line pays operators, holders and the owner, and explains each amount to the wei. Then places change hands.
// One chain for all, and each test goes on where the one before ended.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { advance } from '@tessera/chain/actions/advance'
import { advanceEpoch } from '@tessera/chain/actions/advanceEpoch'
import { getCommissionDelay } from '@tessera/chain/actions/getCommissionDelay'
import { getEmission } from '@tessera/chain/actions/getEmission'
import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { getRun } from '@tessera/chain/actions/getRun'
import { getSlot } from '@tessera/chain/actions/getSlot'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import { joinAsMiner } from '@tessera/chain/actions/joinAsMiner'
import { setCommission } from '@tessera/chain/actions/setCommission'
import { setPayout } from '@tessera/chain/actions/setPayout'
import { settle } from '@tessera/chain/actions/settle'
import { explain } from '@tessera/chain/explainPayout'
import { RunFollower } from '@tessera/chain/follow'
import { checkEqual } from '@tessera/cli/commands/claimExplain'
import type { Evidence } from '@tessera/dashboard/verify/evidence'
import { StepLog } from '@tessera/dashboard/verify/stepLog'
import { PAYOUT_STEPS, verifyPayout } from '@tessera/dashboard/verify/verifyPayout'
import { tinyRun } from '@tessera/node/testing/tinyRun'
import { settlementOf } from '@tessera/protocol/epochSettlement'
import { TesseraError } from '@tessera/protocol/errors'
import type { RunParams } from '@tessera/protocol/events'
import { type Hex, lowerHex } from '@tessera/protocol/hex'
import { encodeManifest } from '@tessera/protocol/manifest'
import { epochIsDue, isDue } from '@tessera/protocol/phase'
import type { RoundState, RunState } from '@tessera/protocol/runState'
import { newRun, runParamsOfTests, TestMember } from './chainMembers.ts'
import { CommandLine } from './commandLine.ts'

const TOKEN = 10n ** 18n
const PAYOUT: Hex = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'
const SCORES = [
  [900, 300],
  [1_000, 200],
]

let line: CommandLine
let saver: Hex
let params: RunParams
let miners: TestMember[]
let validators: TestMember[]
let follower: RunFollower

before(async () => {
  line = await CommandLine.start()
  params = {
    ...runParamsOfTests(line.chain.deployment.token),
    minMiners: 1,
    maxMiners: 2,
    maxIncluded: 2,
    minValidators: 1,
    minPot: TOKEN,
    // Half of what the emission gives to the first run: two epochs.
    epochPot: 300n * TOKEN,
  }
  for (let i = 0; i < 2; i++) await newRun(line.harness, line.holder, params)
  follower = new RunFollower({ chain: line.chain, run: 1n })
})

after(async () => {
  await line.harness.close()
})

const run = (t: TestContext, words: string) => line.run(t, 'saver', words)
const parsed = async (t: TestContext, words: string) => JSON.parse((await run(t, `${words} --json`)).written)
const balance = (account: Hex) => getTokenBalance(line.chain, { account })
const granted = async (of: bigint) =>
  (await getNextEpoch(line.chain, { manager: line.chain.deployment.runCoordinator, run: of })).granted

async function state(): Promise<RunState> {
  await follower.poll()
  return follower.current!.state
}

const round = async (): Promise<RoundState> => (await state()).round!
const step = () => line.harness.send(line.holder, advance(line.chain.deployment, { run: 1n }))

/** Lets time pass until a step of the run or of an epoch is due, and does it. */
async function goOn(epoch: bigint): Promise<void> {
  const { harness, chain, holder } = line
  await harness.pass(params.trainSeconds + 1)
  const { epochs } = await state()
  const { timestamp } = follower.current!.block
  if (isDue(follower.current!.state, timestamp)) await step()
  if (epochIsDue(epochs.get(epoch)!, timestamp))
    await harness.send(holder, advanceEpoch(chain.deployment, { run: 1n, epoch }))
}

async function settleEpoch(epoch: bigint): Promise<void> {
  const { harness, chain, holder } = line
  const now = await state()
  const { vectors, pages } = settlementOf(now, now.epochs.get(epoch)!)
  for (const { medians } of pages())
    await harness.send(holder, settle(chain.deployment, { run: 1n, epoch, vectors, medians }))
}

test('two runs share the emission as a holder votes', async (t) => {
  saver = await line.makeWallet(t, 'saver', 50n * TOKEN)
  await run(t, 'stake deposit --amount 20 --yes')
  await run(t, 'vote set --for 1:60,2:40 --yes')
  const { begun, startsAt, endsAt, now } = await getEmission(line.chain)
  await line.harness.pass(Number((begun ? endsAt : startsAt) - now) + 1)
  await run(t, 'vote count --yes')
  await line.harness.pass(60)
  await run(t, 'vote pay --run 1 --yes')
  await run(t, 'vote pay --run 2 --yes')
  assert.deepEqual([await granted(1n), await granted(2n)], [600n * TOKEN, 400n * TOKEN])
})

test('members join, one with stake of a holder who wants a part of its pay', async (t) => {
  const { harness, holder, chain } = line
  const { deployment } = chain
  const make = (name: string) => TestMember.make(harness, 1n, name, params.maxMiners)
  miners = [await make('m0'), await make('m1')]
  validators = [await make('v0'), await make('v1')]
  const [first, second] = miners
  await first!.bond(holder, 6n * TOKEN)
  await first!.own(setCommission(deployment, { bps: 1_000 }))
  await harness.pass(Number(await getCommissionDelay(chain)))
  await run(t, `delegate --operator ${first!.operator} --amount 4 --yes`)
  await first!.own(joinAsMiner(deployment, { run: 1n }))
  await first!.findSlot('miner')
  await second!.join(holder, 'miner', 10n * TOKEN)
  for (const validator of validators) await validator.join(holder, 'validator', 40n * TOKEN)
  await run(t, 'sponsor new --run 1 --amount 12 --per-epoch 7.5 --yes')
  const shown = (await run(t, 'run show')).written
  assert.match(shown, /^grants +600 TSRA for epochs to come$/m)
  assert.match(shown, /^deposit +100 TSRA$/m)
  assert.match(shown, /^needs +the grant for its next epoch$/m)
  assert.match(shown, /^validator 1 +0x\w+, 40 TSRA locked$/m)
})

test('an epoch is played, scored and settled', async () => {
  const [first, second] = miners
  // What counts is the stake in the second before the epoch opens.
  await line.harness.pass(2)
  await step()
  for (const at of [1n, 2n]) {
    await first!.commit(at)
    await second!.commit(at, true)
    await first!.reveal(at)
    await second!.reveal(at, true)
    const opened = await round()
    await validators[opened.leader]!.propose(opened, 0b11n)
    const voter = validators[1 - opened.leader]!
    await voter.attest(await round(), 0b11n, { worse: at === 2n, last: true })
  }
  // One of two votes says worse: that is half of the weight and not more.
  assert.equal((await state()).epochs.get(1n)?.finalRounds, 2)
  for (const [i, validator] of validators.entries()) await validator.commitScores(1n, SCORES[i]!)
  await line.harness.send(line.holder, advanceEpoch(line.chain.deployment, { run: 1n, epoch: 1n }))
  for (const [i, validator] of validators.entries()) await validator.revealScores(1n, SCORES[i]!)
  await settleEpoch(1n)
  assert.equal((await state()).epochs.get(1n)?.phase, 'Settled')
})

test('a holder is shown and paid its part, of the grant and of a sponsorship', async (t) => {
  const { operator } = miners[0]!
  const { dues, to } = await parsed(t, `claim show --operator ${operator}`)
  assert.deepEqual([to, dues.map(({ source }: { source: string }) => source)], [saver, ['0', '1']])
  const before = await balance(saver)
  const { claims, transactions } = await parsed(t, `claim --operator ${operator} --run 1 --yes`)
  assert.deepEqual([claims.length, transactions.length], [2, 1])
  const got = (await balance(saver)) - before
  assert.equal(
    String(got),
    String(dues.reduce((sum: bigint, { amounts }: { amounts: string[] }) => sum + BigInt(amounts[0]!), 0n)),
  )
  assert.ok(got > 0n)
  await assert.rejects(run(t, `claim --operator ${operator} --yes`), { code: 'claim/nothing' })
})

test('every payout is explained to the wei, claimed or not', async (t) => {
  const operators = [...miners, ...validators].map(({ operator }) => operator)
  const asked = [
    `--operator ${operators[0]} --holder ${saver}`,
    `--operator ${operators[0]} --holder ${saver} --source 1`,
    ...operators.flatMap((operator) => [
      `--operator ${operator} --holder ${operator}`,
      `--operator ${operator} --holder ${operator} --source 1`,
    ]),
    '--owner',
    '--owner --source 1',
  ]
  let sum = 0n
  for (const words of asked) {
    const { equal, amount, pot, comparisons } = await parsed(t, `claim explain --epoch 1 ${words}`)
    assert.deepEqual([equal, comparisons.length], [true, 4], words)
    assert.ok(BigInt(amount) > 0n, words)
    assert.equal(BigInt(pot), words.includes('--source') ? (15n * TOKEN) / 2n : 300n * TOKEN)
    sum += BigInt(amount)
  }
  // Both rounds moved the model, so all is earned but what rounding keeps.
  const pots = 300n * TOKEN + (15n * TOKEN) / 2n
  // Parts of validators are kept in 32 bits.
  assert.ok(sum <= pots && pots - sum < pots / 2n ** 31n, `${pots - sum} wei are nobody's`)
})

test('an explanation goes back to scores, receipts, contributions and seeds', async (t) => {
  const { operator } = miners[0]!
  const text = (await run(t, `claim explain --epoch 1 --operator ${operator} --holder ${saver}`)).written
  for (const pattern of [
    /^payout +[\d.]+ TSRA of the grant of run 1, epoch 1, for 0x\w+, who holds shares with the operator 0x\w+$/m,
    /^pot +300 TSRA$/m,
    /^earned +2 of 2 rounds moved the model \(2 were run\): 99\.9\d+ % of each pot in all$|: 100 % of each pot in all$/m,
    /^miner +slot 0, active in 2 of 2 rounds$/m,
    /^score +900 by validator 0 with 40 TSRA; 0x\w+$/m,
    /^score +1000 by validator 1 with 40 TSRA, counts as 900; 0x\w+$/m,
    /receipts 0x[0-9a-f]{64}, 500 bytes$/m,
    /^median +900, by weight$/m,
    /^commission +10 %: [\d.]+ TSRA for the operator, [\d.]+ TSRA for holders$/m,
    /^holder +4000000000000000000 of 10000000000000000000 shares in the second before the epoch opened/m,
    /train seed 0x[0-9a-f]{64}$/m,
    /contribution, included: root 0x[0-9a-f]{64}$/m,
    /^EQUAL +claimed, in units of the token: \d+ on the chain, too$/m,
  ])
    assert.match(text, pattern)
  assert.doesNotMatch(text, /DIFFERS/)
  const validator = (await run(t, `claim explain --epoch 1 --operator ${validators[1]!.operator}`)).written
  assert.match(validator, /^agreement +its scores sum to 1200, clipped to the medians to 1100; receipts/m)
  assert.match(validator, /contribution of miner 1, included: root/m)
})

test('the dashboard walks the same amount back, seeds and settlement included, on the contracts’ own answers', async () => {
  const unavailable = new TesseraError('storage/no-source', 'these members have no blobs')
  const log = new StepLog(PAYOUT_STEPS, () => undefined)
  const evidence: Evidence = {
    openChain: async () => line.chain,
    readBlob: () => Promise.reject(unavailable),
    earnings: async () => [],
    round: () => Promise.reject(unavailable),
  }
  const { signal } = new AbortController()
  for (const holder of [lowerHex(saver), lowerHex(miners[0]!.operator)]) {
    const asked = { run: 1n, epoch: 1n, operator: lowerHex(miners[0]!.operator), holder, source: 1n }
    await verifyPayout(asked, evidence, log, signal)
    const states = Object.fromEntries(log.steps.map(({ id, state }) => [id, state]))
    const green = { chain: 'green', log: 'green', contract: 'green', settlement: 'green', seeds: 'green' }
    // The indexer knows of nothing here.
    assert.deepEqual(states, { ...green, receipts: 'skipped', contributions: 'skipped', row: 'red' })
  }
})

test('what cannot be explained is said, and what differs is an error', async (t) => {
  const of = `--operator ${miners[0]!.operator}`
  await assert.rejects(run(t, `claim explain --epoch 9 ${of}`), { code: 'claim/unknown-epoch', hint: /opened is 2$/ })
  await assert.rejects(run(t, `claim explain --epoch 2 ${of}`), { code: 'claim/not-settled' })
  await assert.rejects(run(t, `claim explain --epoch 1 --source 2 ${of}`), { code: 'claim/unknown-source' })
  const now = await state()
  const epoch = now.epochs.get(1n)!
  const opened = new Map(epoch.opened).set(1, { ...epoch.opened.get(1)!, scores: '0x03e803e8' })
  const wrong = { ...now, epochs: new Map(now.epochs).set(1n, { ...epoch, opened }) }
  const asked = { operator: miners[0]!.operator, holder: miners[0]!.operator, source: 0n }
  const explained = await explain(line.chain, { state: wrong, block: follower.current!.block }, 1n, asked, {})
  assert.equal(explained.equal, false)
  assert.throws(() => checkEqual(explained), { code: 'claim/differs', message: /share of each pot/ })
})

test('operators and the owner are paid, by anyone', async (t) => {
  await validators[1]!.own(setPayout(line.chain.deployment, { payout: PAYOUT }))
  for (const { operator } of [...miners, ...validators]) {
    const to = operator === validators[1]!.operator ? PAYOUT : operator
    const before = await balance(to)
    const { totals } = await parsed(t, `claim --operator ${operator} --holder ${operator} --yes`)
    assert.equal((await balance(to)) - before, BigInt(totals[0].amount))
  }
  const owner = lowerHex(line.holder.address)
  const { claims } = await parsed(t, `claim --operator ${owner} --holder ${owner} --epochs 1-1 --source 0,1 --yes`)
  assert.deepEqual(
    claims.map(({ holder, source }: { holder: Hex; source: string }) => [holder, source]),
    [
      [`0x${'0'.repeat(40)}`, '0'],
      [`0x${'0'.repeat(40)}`, '1'],
    ],
  )
})

test('in a full run a newcomer takes the place of the least useful miner', async (t) => {
  const { chain } = line
  const newcomer = await line.makeWallet(t, 'newcomer', 11n * TOKEN)
  const own = (words: string) => line.run(t, 'newcomer', words)
  await assert.rejects(own('run join --yes'), { code: 'run/too-little-stake', hint: /Bond 10 TSRA more/ })
  await own('stake deposit --amount 10 --yes')
  const { notes } = await own('run join --yes')
  assert.match(
    notes[0] ?? '',
    new RegExp(`^Take the place of miner 1, the least useful one \\(${miners[1]!.operator}\\), in run 1`, 'i'),
  )
  assert.ok(notes.some((note) => /allowed to lock and slash/.test(note)))
  assert.match((await run(t, 'run show')).written, new RegExp(`^miner 1 .*, leaving for ${newcomer}$`, 'm'))
  await assert.rejects(own('run join --yes'), { code: 'run/already-member' })
  await assert.rejects(own('run release --slot 0 --yes'), { code: 'run/not-leaving' })
  await assert.rejects(own('run release --slot 1 --yes'), { code: 'chain/revert', hint: /all its epochs are settled/ })
  for (let steps = 0; (await state()).epochs.get(2n)?.phase !== 'Reveal'; steps++) {
    assert.ok(steps < 20, 'the epoch ends')
    await goOn(2n)
  }
  await settleEpoch(2n)
  await own('run release --slot 1 --yes')
  assert.equal(await getSlot(chain, { run: 1n, role: 'miner', operator: newcomer }), 1)
  assert.equal((await state()).miners.get(1)?.operator, lowerHex(newcomer))
  await own('run leave --yes')
  await assert.rejects(own('run leave --yes'), { code: 'run/already-leaving' })
  assert.equal((await state()).miners.get(1)?.leaving, true)
})

test('a member whose holders want their stake back is made to leave', async (t) => {
  const { operator } = miners[0]!
  await assert.rejects(run(t, 'run evict --slot 0 --yes'), { code: 'run/not-short' })
  await run(t, `stake unbond --operator ${operator} --all --yes`)
  const { notes } = await run(t, 'run evict --slot 0 --yes')
  assert.match(notes[0] ?? '', new RegExp(`^Make ${operator} leave run 1, miner 0`, 'i'))
  assert.equal((await state()).miners.get(0)?.leaving, true)
  await assert.rejects(run(t, 'run leave --role validator --yes'), { code: 'run/not-member' })
})

test('a run is created for a manifest, and closed while it is idle and empty', async (t) => {
  const { folder } = line.harness
  const { manifest } = await tinyRun()
  await writeFile(join(folder, 'manifest.json'), encodeManifest(manifest))
  await writeFile(join(folder, 'params.json'), JSON.stringify({ maxMiners: 2, maxIncluded: 2, minerStake: '12.5' }))
  const files = `--manifest ${join(folder, 'manifest.json')} --params ${join(folder, 'params.json')}`
  await assert.rejects(run(t, `run create ${files} --yes`), { code: 'run/too-few-tokens' })
  await line.makeWallet(t, 'owner', 150n * TOKEN)
  const own = (words: string) => line.run(t, 'owner', words)
  const { notes } = await own(`run create ${files} --yes`)
  assert.match(
    notes[0] ?? '',
    /^Create a run of 0x\w+ for the manifest "tiny" \(0x\w+\), with a deposit of 100 TSRA\.$/,
  )
  assert.ok(notes.some((note) => /2 to 2 miners with 12.5 TSRA each/.test(note)))
  assert.equal((await getRun(line.chain, { run: 3n })).params.genesisRoot, manifest.genesis.root)
  assert.match(
    (await own('run list --limit 1')).written,
    /^run 3 {2}Idle, round 0, epoch 0; grants 0 TSRA; owner 0x\w+$/m,
  )
  await assert.rejects(run(t, 'run close --run 3 --yes'), { code: 'chain/revert', message: /RunNotOwner/ })
  await assert.rejects(own('run close --run 4 --yes'), { code: 'run/unknown' })
  const closed = await own('run close --run 3 --yes')
  assert.match(closed.notes[0] ?? '', /^End run 3 for ever, and return its deposit of 100 TSRA to 0x\w+\.$/)
  await assert.rejects(own('run close --run 3 --yes'), { code: 'run/no-deposit' })
})
