// Everything of client/chain and deploy on a real chain: deployment, a run with two rounds, an epoch with its pay, crashes of
// the chain. One chain for all, and each test goes on where the one before ended: they are the acts of one play.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { after, before, test } from 'node:test'
import { advance } from '@tessera/chain/actions/advance'
import { advanceEpoch } from '@tessera/chain/actions/advanceEpoch'
import { claimRewards } from '@tessera/chain/actions/claimRewards'
import { getClaimable } from '@tessera/chain/actions/getClaimable'
import { getDeposit } from '@tessera/chain/actions/getDeposit'
import { getEpoch } from '@tessera/chain/actions/getEpoch'
import { getEscrowBalance } from '@tessera/chain/actions/getEscrowBalance'
import { getFinalRound } from '@tessera/chain/actions/getFinalRound'
import { getMember } from '@tessera/chain/actions/getMember'
import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { getOperator } from '@tessera/chain/actions/getOperator'
import { getRewardPot } from '@tessera/chain/actions/getRewardPot'
import { getRound } from '@tessera/chain/actions/getRound'
import { getRun } from '@tessera/chain/actions/getRun'
import { getRunCount } from '@tessera/chain/actions/getRunCount'
import { getRunHead } from '@tessera/chain/actions/getRunHead'
import { getSeal } from '@tessera/chain/actions/getSeal'
import { getShare } from '@tessera/chain/actions/getShare'
import { getSlot } from '@tessera/chain/actions/getSlot'
import { getSource } from '@tessera/chain/actions/getSource'
import { getStake } from '@tessera/chain/actions/getStake'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import { getUsefulness } from '@tessera/chain/actions/getUsefulness'
import { leave } from '@tessera/chain/actions/leave'
import { release } from '@tessera/chain/actions/release'
import { settle } from '@tessera/chain/actions/settle'
import { parseDeployment } from '@tessera/chain/addresses'
import type { Reorg } from '@tessera/chain/chainFold'
import { openChain } from '@tessera/chain/clients'
import { isRevert } from '@tessera/chain/errors'
import { RunFollower } from '@tessera/chain/follow'
import { runCoordinatorAbi } from '@tessera/chain/generated/runCoordinator'
import { getCode, readContract } from '@tessera/chain/rpc'
import type { TransactionSender } from '@tessera/chain/send'
import { ARTIFACTS, readArtifact } from '@tessera/deploy/artifacts'
import { deployTessera } from '@tessera/deploy/deploy'
import { DEVNET_HOLDER_KEY } from '@tessera/deploy/devnet/holder'
import { readParams } from '@tessera/deploy/readParams'
import { verifyCode, verifyWiring } from '@tessera/deploy/verify'
import { partOf } from '@tessera/protocol/claims'
import { settlementOf } from '@tessera/protocol/epochSettlement'
import type { TesseraError } from '@tessera/protocol/errors'
import type { RunParams } from '@tessera/protocol/events'
import { groundsHash, groundsOf } from '@tessera/protocol/grounds'
import { type Hex, lowerHex } from '@tessera/protocol/hex'
import { isDue } from '@tessera/protocol/phase'
import { claimKey, type RoundState, type RunState } from '@tessera/protocol/runState'
import { disclosure, opened, sealed } from '@tessera/protocol/seal'
import { ZERO_ADDRESS, ZERO_HASH } from '@tessera/protocol/tags'
import { usefulnessOf } from '@tessera/protocol/usefulness'
import { weightOf } from '@tessera/protocol/verdict'
import { encodeFunctionData } from 'viem'
import { ChainHarness, word } from './chainHarness.ts'
import { giveGrant, MAX_MINERS, newRun, runParamsOfTests, TestMember } from './chainMembers.ts'

const RUN = 1n
const TOKEN = 10n ** 18n
const PHASE_SECONDS = 10_000

/** Of the deployment's token, which is known once it is deployed. */
let params: RunParams

let harness: ChainHarness
let follower: RunFollower
let holder: TransactionSender
let anyone: TransactionSender
let miners: TestMember[]
let validators: TestMember[]
const reorgs: Reorg[] = []

before(async () => {
  harness = await ChainHarness.start()
  params = {
    ...runParamsOfTests(harness.chain.deployment.token),
    trainSeconds: PHASE_SECONDS,
    commitSeconds: PHASE_SECONDS,
    revealSeconds: PHASE_SECONDS,
    attestSeconds: PHASE_SECONDS,
    scoreCommitSeconds: PHASE_SECONDS,
    scoreRevealSeconds: PHASE_SECONDS,
    maxMiners: MAX_MINERS,
  }
})

after(async () => {
  await harness.close()
})

const all = <T>(values: readonly T[], act: (value: T, index: number) => Promise<unknown>): Promise<unknown[]> =>
  Promise.all(values.map(act))

const round = (): RoundState => follower.current!.state.round!

/** All but the leader vote at once, in one block; then somebody does what the votes have decided. */
async function vote(act: (validator: TestMember, opened: RoundState) => Promise<unknown>): Promise<void> {
  await follower.poll()
  const opened = round()
  await all(
    validators.filter(({ slot }) => slot !== opened.leader),
    (validator) => act(validator, opened),
  )
  await agreed()
  await step()
}

const step = () => harness.send(anyone, advance(harness.chain.deployment, { run: RUN }))

/** All act, and the last one ends the phase in the same transaction. */
async function allAct(act: (miner: TestMember, last: boolean) => Promise<unknown>): Promise<void> {
  await all(miners.slice(0, -1), (miner) => act(miner, false))
  await act(miners.at(-1)!, true)
}

/** Follows to the head and compares what is known then with what the contracts say of that block. */
async function agreed(): Promise<RunState> {
  await follower.poll()
  const { state, block } = follower.current!
  const { chain } = harness
  const at = { blockNumber: block.number }
  const head = await getRunHead(chain, { run: RUN }, at)
  assert.deepEqual(
    {
      phase: state.phase,
      round: state.round?.id ?? 0n,
      epoch: BigInt(state.epochs.size),
      stateRoot: state.stateRoot,
      due: isDue(state, block.timestamp),
    },
    head,
  )
  const manager = chain.deployment.runCoordinator
  assert.equal(state.granted, (await getNextEpoch(chain, { manager, run: RUN }, at)).granted)
  assert.equal(state.deposit, await getDeposit(chain, { run: RUN }, at))
  assert.equal(state.source, await getSource(chain, { run: RUN }, at))
  for (const role of ['miner', 'validator'] as const) {
    for (const member of (role === 'miner' ? state.miners : state.validators).values()) {
      const { slot, operator, key, leaving, activeFrom, lastEpoch, protectedUntil, stake, weight } = member
      const there = await getMember(chain, { run: RUN, role, slot }, at)
      const known = { leaving, activeFrom, protectedUntil, stake, weight, ...(leaving ? { lastEpoch } : {}) }
      const shown = { operator: lowerHex(there.operator), key: lowerHex(there.key), ...pick(there, known) }
      assert.deepEqual({ operator, key, ...known }, shown)
      if (role === 'miner')
        assert.equal(usefulnessOf(state).get(slot), await getUsefulness(chain, { run: RUN, slot }, at))
    }
  }
  if (state.round !== null) await roundAgrees(state.round, block.number)
  for (const { id } of state.rounds) {
    const grounds = groundsOf(state, id)
    const known = grounds === undefined ? ZERO_HASH : groundsHash(grounds)
    assert.equal(known, await getFinalRound(chain, { run: RUN, round: id }, at), `what round ${id} rests on`)
  }
  for (const epoch of state.epochs.values()) {
    const there = await getEpoch(chain, { run: RUN, epoch: epoch.id }, at)
    assert.deepEqual(pick(epoch, there, ['deadline']), pick(there, there, ['deadline']))
    const pot = await getRewardPot(chain, { manager, run: RUN, source: 0n, epoch: epoch.id }, at)
    assert.equal(pot, epoch.pots?.grant)
    if (epoch.settlement === null) continue
    const { shares, ownerShare } = epoch.settlement
    for (const { operator: account } of [...miners, ...validators])
      assert.equal(
        await getShare(chain, { run: RUN, epoch: epoch.id, account, asOwner: false }, at),
        shares.get(account) ?? 0n,
      )
    const owner = { run: RUN, epoch: epoch.id, account: state.owner, asOwner: true }
    assert.equal(await getShare(chain, owner, at), ownerShare)
  }
  return state
}

async function roundAgrees(known: RoundState, blockNumber: bigint): Promise<void> {
  const there = await getRound(harness.chain, { run: RUN, round: known.id }, { blockNumber })
  // Those that have another form before the first leader, or when the round is over.
  const skip = ['leader', 'attempt', 'deadline']
  const { weights, attested, refused, worse } = known
  const voted = {
    attestedWeight: weightOf(weights, attested),
    refusedWeight: weightOf(weights, refused),
    worseWeight: weightOf(weights, worse),
  }
  assert.deepEqual(pick({ ...known, ...voted }, there, skip), pick(there, there, skip))
  for (const { slot, commitment, revealed, block } of known.contributions.values()) {
    const stored = await getSeal(harness.chain, { run: RUN, round: known.id, slot }, { blockNumber })
    const disclosed = revealed && opened(disclosure(commitment, revealed.salt), known.id, block)
    assert.equal(stored, disclosed ?? sealed(commitment, known.id, block))
  }
}

/** The fields of `from` that `like` has too. */
function pick(from: object, like: object, without: readonly string[] = []): Record<string, unknown> {
  const names = new Set(Object.keys(like).filter((name) => !without.includes(name)))
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.has(name)))
}

test('a second deployment into the same folder finds the first', async () => {
  const { deployment, file } = harness.deployed
  assert.equal(harness.deployed.reused, false)
  assert.deepEqual(await harness.deploy(), { deployment, file, reused: true })
  assert.deepEqual(parseDeployment(await readFile(file, 'utf8')), deployment)
})

test('a run is created with a deposit and granted pay, members join it', async () => {
  const { chain } = harness
  const { deployment } = chain
  holder = await harness.sender('holder')
  anyone = await harness.sender('anyone')
  follower = new RunFollower({ chain, run: RUN, rangeBlocks: 10 })
  follower.onReorg((reorg) => reorgs.push(reorg))
  assert.equal(await getRunCount(chain), 0n)
  assert.equal(await newRun(harness, holder, params), RUN)
  assert.deepEqual(await getRun(chain, { run: RUN }), { owner: holder.address, params })
  assert.equal(await getDeposit(chain, { run: RUN }), 100n * TOKEN)
  await giveGrant(harness, holder, RUN, 3_500n * TOKEN)
  miners = await Promise.all(['m0', 'm1', 'm2'].map((name) => TestMember.make(harness, RUN, name)))
  validators = await Promise.all(['v0', 'v1', 'v2', 'v3'].map((name) => TestMember.make(harness, RUN, name)))
  // One after another, so that each has the slot of its index.
  for (const miner of miners) await miner.join(holder, 'miner', params.minerStake)
  for (const [i, validator] of validators.entries()) await validator.join(holder, 'validator', BigInt(40 + i) * TOKEN)

  const state = await agreed()
  assert.deepEqual([state.phase, state.miners.size, state.validators.size], ['Idle', 3, 4])
  const [miner] = miners
  assert.equal(await getSlot(chain, { run: RUN, role: 'miner', operator: miner!.operator }), 0)
  assert.equal(await getSlot(chain, { run: RUN, role: 'validator', operator: miner!.operator }), undefined)
  const stake = await getStake(chain, { operator: miner!.operator })
  assert.deepEqual([stake.bonded, stake.locked, stake.unbonding, stake.endpoint], [10n * TOKEN, 10n * TOKEN, 0n, ''])
  assert.equal(lowerHex((await getOperator(chain, { account: stake.delegate })) ?? '0x'), miner!.operator)
  assert.equal(await getOperator(chain, { account: deployment.token }), undefined)
})

test('a round in which all act: actions record, and a step or the last one of them ends the phase', async () => {
  await step()
  assert.equal((await agreed()).phase, 'Train')
  await all(miners, (miner) => miner.commit(1n))
  assert.equal((await agreed()).phase, 'Train')
  await step()
  assert.equal((await agreed()).phase, 'Reveal')
  await allAct((miner, last) => miner.reveal(1n, last))
  assert.equal((await agreed()).phase, 'Attest')
  await validators[round().leader]!.propose(round(), 0b111n)
  await vote((validator, opened) => validator.attest(opened, 0b111n))
  const state = await agreed()
  assert.deepEqual(
    [state.phase, state.round?.id, state.stateRoot, state.stateRound],
    ['Train', 2n, word('state 1'), 1n],
  )
})

test('a call that the contracts refuse is a revert by name', async () => {
  const { deployment } = harness.chain
  await assert.rejects(harness.send(anyone, advance(deployment, { run: RUN })), {
    code: 'chain/revert',
    context: { call: 'advance', error: 'RunNotDue', args: [RUN] },
  })
})

test('a crash of the chain loses blocks: the follower steps back, the sender puts back what is lost', async () => {
  const copy = await harness.restart()
  await agreed()
  assert.equal(reorgs.length, 0, 'a restart in order loses nothing')
  const [first, second] = miners
  await first!.commit(2n)
  await harness.mine()
  assert.equal((await agreed()).round?.committed, 0b001n)
  const lost = follower.current!.block

  await harness.crash(copy)
  const back = await agreed()
  assert.equal(back.round?.committed, 0n)
  assert.deepEqual([reorgs.length, reorgs[0]?.from.hash], [1, lost.hash])
  assert.ok(reorgs[0]!.to!.number < lost.number)

  await second!.commit(2n)
  assert.equal((await agreed()).round?.committed, 0b010n)
  // Its commitment is gone; its sender knows of it, and the reveal would have nothing to open.
  await assert.rejects(first!.reveal(2n), { code: 'chain/revert' })
  await first!.commit(2n).catch((error: { code: string }) => assert.equal(error.code, 'chain/revert'))
  assert.equal((await agreed()).round?.committed, 0b011n)
})

test('a round with an absent miner and an absent leader goes on by its deadlines', async () => {
  const { deployment } = harness.chain
  const due = async (phase: string): Promise<void> => {
    await harness.pass(PHASE_SECONDS + 1)
    await harness.send(anyone, advance(deployment, { run: RUN }))
    assert.equal((await agreed()).phase, phase)
  }
  await due('Commit')
  await due('Reveal')
  await all(miners.slice(0, 2), (miner) => miner.reveal(2n))
  const absent = (await agreed()).round?.leader
  await due('Attest')
  assert.notEqual(round().leader, absent)
  await validators[round().leader]!.propose(round(), 0b001n)
  await vote((validator, opened) => validator.attest(opened, 0b001n))
  const state = await agreed()
  assert.deepEqual([state.round?.id, state.stateRoot, state.epochs.size], [3n, word('state 2'), 2])
  assert.equal(state.epochs.get(1n)?.phase, 'Commit')
})

test('refusals draw the next leader, and then end the round', async () => {
  await allAct((miner, last) => miner.commit(3n, last))
  await allAct((miner, last) => miner.reveal(3n, last))
  for (const attempt of [1, 2]) {
    assert.deepEqual([(await agreed()).phase, round().attempt], ['Attest', attempt])
    await validators[round().leader]!.propose(round(), 0b111n)
    await vote((validator, opened) => validator.refuse(opened, 0b111n))
  }
  const state = await agreed()
  const end = { kind: 'void', reason: 'NoQuorum' }
  assert.deepEqual([state.rounds.at(-1)?.end, state.stateRoot, state.round?.id], [end, word('state 2'), 4n])
})

test('a model that most measured as worse leaves the root as it was, and its epoch earns nothing', async () => {
  await allAct((miner, last) => miner.commit(4n, last))
  await allAct((miner, last) => miner.reveal(4n, last))
  await agreed()
  await validators[round().leader]!.propose(round(), 0b111n)
  await vote((validator, opened) => validator.attest(opened, 0b111n, { worse: true }))
  const state = await agreed()
  const end = { kind: 'void', reason: 'WorseModel' }
  assert.deepEqual([state.rounds.at(-1)?.end, state.stateRoot, state.epochs.size], [end, word('state 2'), 3])
})

test('the epoch is scored, settled and paid to the wei', async () => {
  const { chain } = harness
  const { deployment } = chain
  const scores = [
    [900, 800, 0],
    [1_000, 700, 5],
    [60_000, 750, 0],
  ]
  // The last validator does not commit in time.
  await all(validators.slice(0, 3), (validator, i) => validator.commitScores(1n, scores[i]!))
  await harness.pass(PHASE_SECONDS + 1)
  await harness.send(anyone, advanceEpoch(deployment, { run: RUN, epoch: 1n }))
  assert.equal((await agreed()).epochs.get(1n)?.phase, 'Reveal')
  await all(validators.slice(0, 3), (validator, i) => validator.revealScores(1n, scores[i]!))

  const state = await agreed()
  const settlement = settlementOf(state, state.epochs.get(1n)!)
  assert.equal(settlement.quorum, true)
  const { vectors, shares } = settlement
  // Twelve miner slots: a page of eight, then the rest.
  const pages = settlement.pages(8)
  assert.equal(pages.length, 2)
  for (const { medians } of pages) {
    await harness.send(anyone, settle(deployment, { run: RUN, epoch: 1n, vectors, medians }))
    await agreed()
  }
  const paid = await agreed()
  assert.equal(paid.epochs.get(1n)?.phase, 'Settled')
  const { owed, held } = await getEscrowBalance(chain, {})
  assert.equal(owed, held)

  const [miner] = miners
  const { operator } = miner!
  const pay = partOf(params.epochPot, shares.get(operator) ?? 0n)
  assert.ok(pay > 0n)
  const claims = { manager: deployment.runCoordinator, run: RUN, source: 0n, epochs: [1n] }
  assert.equal(await getClaimable(chain, { ...claims, operator, holder: operator }), pay)
  await harness.send(anyone, claimRewards(deployment, { ...claims, operator, holder: operator }))
  assert.equal(await getTokenBalance(chain, { account: operator }), pay)
  assert.equal(await getClaimable(chain, { ...claims, operator, holder: operator }), 0n)
  const owner = { ...claims, operator: holder.address, holder: ZERO_ADDRESS }
  assert.equal(await getClaimable(chain, owner), partOf(params.epochPot, settlement.ownerShare))
  await harness.send(anyone, claimRewards(deployment, owner))
  const claimed = (await agreed()).epochs.get(1n)?.settlement?.claimed
  assert.equal(claimed?.get(claimKey(0n, operator, operator)), pay)
  assert.equal(claimed?.size, 2)
})

test('a second follower, which reads everything at once, comes to the same state', async () => {
  const late = new RunFollower({ chain: harness.chain, run: RUN })
  await late.poll()
  await follower.poll()
  assert.deepEqual(late.current, follower.current)
})

test('a member leaves; its stake stays locked while an epoch of it is unpaid', async () => {
  const { deployment } = harness.chain
  const operator = await harness.sender('m2')
  await harness.send(operator, leave(deployment, { run: RUN, role: 'miner' }))
  assert.equal((await agreed()).miners.get(2)?.leaving, true)
  await assert.rejects(
    harness.send(anyone, release(deployment, { run: RUN, role: 'miner', slot: 2 })),
    (error: TesseraError) => isRevert(error, 'RunNotReleasable'),
  )
})

/** Sent as the court that the coordinator names, whatever that is. */
async function order(data: Hex): Promise<void> {
  const { chain } = harness
  const to = chain.deployment.runCoordinator
  const from = await readContract(chain, { address: to, abi: runCoordinatorAbi, functionName: 'COURT', args: [] })
  await harness.rpc('anvil_impersonateAccount', [from])
  await harness.rpc('anvil_setBalance', [from, '0xde0b6b3a7640000'])
  const hash = await harness.rpc('eth_sendTransaction', [{ from, to, data, gas: '0x989680' }])
  await harness.mine()
  const receipt = (await harness.rpc('eth_getTransactionReceipt', [hash])) as { status: Hex }
  assert.equal(receipt.status, '0x1')
}

test('a court punishes members and undoes a round, and the run goes on from its parent', async () => {
  const state = await agreed()
  const punish = (role: number, slot: number, operator: Hex, epoch: bigint) => {
    const fault = { role, slot, epoch, operator, reporter: holder.address, bountyBps: 500 }
    return encodeFunctionData({ abi: runCoordinatorAbi, functionName: 'punish', args: [RUN, fault] })
  }
  // One that leaves, and one that stays; the pools' last wei is never taken.
  await order(punish(0, 2, miners[2]!.operator, 1n))
  assert.deepEqual([(await agreed()).miners.get(2)?.stake, round().id], [1n, 5n])
  await order(punish(1, 0, validators[0]!.operator, 2n))
  const punished = await agreed()
  assert.deepEqual([punished.validators.get(0)?.leaving, punished.validators.get(0)?.lastRound], [true, 4n])

  const grounds = groundsOf(state, 2n)!
  const final = { ...grounds, epoch: Number(grounds.epoch), finalizedAt: Number(grounds.finalizedAt) }
  await order(encodeFunctionData({ abi: runCoordinatorAbi, functionName: 'refute', args: [RUN, 2n, final] }))
  const back = await agreed()
  assert.deepEqual([back.stateRoot, back.stateRound, back.round?.id], [word('state 1'), 1n, 6n])
  assert.deepEqual(
    back.rounds.map(({ end }) => (end?.kind === 'void' ? end.reason : end?.kind)),
    ['final', 'undone', 'NoQuorum', 'WorseModel', 'RolledBack'],
  )
  assert.equal(back.epochs.get(1n)?.finalRounds, 2, 'it was settled')
  assert.equal(round().parentRoot, word('state 1'))
})

test('what stands on the chain is compared with sources and parameters', async () => {
  const { chain } = harness
  const wanted = await readParams('devnet')
  await verifyCode(chain)
  await verifyWiring(chain, wanted)
  const changed = { ...wanted, bountyCapBps: wanted.bountyCapBps + 1 }
  await assert.rejects(verifyWiring(chain, changed), { code: 'deploy/wiring-mismatch' })
  // What the emission mints later adds to the supply, which is therefore held from below only.
  const more = { ...wanted, tokenSupplyWei: wanted.tokenSupplyWei + 1n }
  await assert.rejects(verifyWiring(chain, more), { code: 'deploy/wiring-mismatch', message: /less than/ })
  const dearer = { ...wanted, runDepositWei: wanted.runDepositWei + 1n }
  await assert.rejects(verifyWiring(chain, dearer), { message: /^RunCoordinator.RUN_DEPOSIT is / })
  const slower = { ...wanted, emissionPeriodSeconds: wanted.emissionPeriodSeconds + 1 }
  await assert.rejects(verifyWiring(chain, slower), {
    code: 'deploy/wiring-mismatch',
    message: /^Emission.PERIOD_SECONDS is 60, not 61$/,
  })
  // Another contract's code in the place of the beacon, then of the library that the coordinator is linked with.
  const { beacon, token, runCoordinator } = chain.deployment
  const code = await getCode(chain, beacon)
  await harness.rpc('anvil_setCode', [beacon, await getCode(chain, token)])
  await assert.rejects(verifyCode(chain), {
    code: 'deploy/code-mismatch',
    context: { contract: 'RandaoBeacon', address: beacon },
  })
  await harness.rpc('anvil_setCode', [beacon, code])
  const { deployedLinkReferences } = await readArtifact(ARTIFACTS, 'contracts/RunCoordinator.sol', 'RunCoordinator')
  const [library, places] = Object.values(deployedLinkReferences).flatMap((libraries) => Object.entries(libraries))[0]!
  const start = 2 + 2 * places[0]!.start
  const at = `0x${(await getCode(chain, runCoordinator)).slice(start, start + 40)}`
  await harness.rpc('anvil_setCode', [at, code])
  await assert.rejects(verifyCode(chain), { code: 'deploy/code-mismatch', context: { contract: library, address: at } })
})

test('a chain that was started anew is noticed, and a disposable one is deployed to again', async () => {
  const { deployment, file } = harness.deployed
  await harness.startAnew()
  await assert.rejects(follower.poll(), { code: 'chain/wrong-chain' })
  const { rpcUrl } = harness
  await assert.rejects(openChain({ rpcUrl, deployment }), { code: 'chain/wrong-chain' })
  const kept = { ...(await readParams('devnet')), disposableChain: false }
  const options = { rpcUrl, folder: dirname(file), params: kept, deployerKey: DEVNET_HOLDER_KEY, log: () => undefined }
  await assert.rejects(deployTessera(options), { code: 'deploy/other-chain' })
  const again = await harness.deploy()
  assert.equal(again.reused, false)
  assert.notEqual(again.deployment.genesisHash, deployment.genesisHash)
  assert.deepEqual(parseDeployment(await readFile(file, 'utf8')), again.deployment)
})
