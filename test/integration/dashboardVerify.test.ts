// The checks of the dashboard's Verify page, over HTTP against a chain, gateways and an indexer that all can lie.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { runCoordinatorAbi } from '@tessera/chain/generated/runCoordinator'
import { MemoryStateCache } from '@tessera/dashboard/model/stateCache'
import { type Step, StepLog } from '@tessera/dashboard/verify/stepLog'
import { CHECKPOINT_STEPS, verifyCheckpoint } from '@tessera/dashboard/verify/verifyCheckpoint'
import { PAYOUT_STEPS, type PayoutQuery, verifyPayout } from '@tessera/dashboard/verify/verifyPayout'
import { networkEvidence } from '@tessera/dashboard/work/networkEvidence'
import { minerAddress, OWNER, validatorAddress } from '@tessera/node/testing/storyParts'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import { type AbiEvent, toEventSelector, toFunctionSelector } from 'viem'
import { DashboardNetwork } from './dashboardNetwork.ts'

const MINER = minerAddress(0)
const OF_MINER: PayoutQuery = { run: 1n, epoch: 1n, operator: MINER, holder: MINER, source: 0n }

async function payoutSteps(scene: DashboardNetwork, of = OF_MINER): Promise<readonly Step[]> {
  const log = new StepLog(PAYOUT_STEPS, () => undefined)
  await verifyPayout(of, networkEvidence(scene.network), log, new AbortController().signal)
  return log.steps
}

async function checkpointSteps(scene: DashboardNetwork, round: bigint): Promise<readonly Step[]> {
  const log = new StepLog(CHECKPOINT_STEPS, () => undefined)
  const tools = { log, cache: new MemoryStateCache(), confirm: async () => undefined }
  await verifyCheckpoint({ run: 1n, round }, networkEvidence(scene.network), tools, new AbortController().signal)
  return log.steps
}

function statesOf(steps: readonly Step[]): Record<string, string> {
  return Object.fromEntries(steps.map(({ id, state }) => [id, state]))
}

function stepNamed(steps: readonly Step[], id: string): Step {
  const found = steps.find((step) => step.id === id)
  assert.ok(found)
  return found
}

const ALL_GREEN = Object.fromEntries(PAYOUT_STEPS.map(({ id }) => [id, 'green']))

async function scene(t: TestContext): Promise<DashboardNetwork> {
  const made = await DashboardNetwork.start(t)
  made.earn(MINER, 1n)
  return made
}

test('a payout is walked back to chain and blobs, and every step is green', async (t) => {
  const made = await scene(t)
  const steps = await payoutSteps(made)
  assert.deepEqual(
    statesOf(steps),
    ALL_GREEN,
    JSON.stringify(
      steps.filter(({ state }) => state !== 'green'),
      null,
      1,
    ),
  )
  const compared = steps.flatMap((step) => step.compared)
  assert.ok(compared.length > 30)
  assert.ok(compared.every(({ computed, found }) => computed === found))
})

test('a validator’s payout and the owner’s are walked back as well', async (t) => {
  const made = await scene(t)
  const validator = validatorAddress(1)
  made.earn(validator, 1n)
  assert.deepEqual(
    statesOf(await payoutSteps(made, { ...OF_MINER, operator: validator, holder: validator })),
    ALL_GREEN,
  )
  const explained = await payoutSteps(made, { ...OF_MINER, operator: OWNER, holder: null })
  // The indexer knows nothing of the owner.
  assert.deepEqual(statesOf(explained), { ...ALL_GREEN, row: 'red' })
})

test('an indexer’s wrong row is red, and nothing else is', async (t) => {
  const made = await scene(t)
  for (const more of [{ amount: '1' }, { poolEarned: '1' }, { commission: '5' }, { run: 2 }, { source: 1 }]) {
    made.earn(MINER, 1n, more)
    const steps = await payoutSteps(made)
    assert.deepEqual(statesOf(steps), { ...ALL_GREEN, row: 'red' }, JSON.stringify(more))
    assert.match(stepNamed(steps, 'row').advice, /choose another one$/)
  }
})

test('an indexer that does not answer is skipped over, one that answers nonsense is red', async (t) => {
  const made = await scene(t)
  made.rows.clear()
  assert.equal(statesOf(await payoutSteps(made)).row, 'red')
  const silent = { ...made.network, indexer: 'http://127.0.0.1:1' }
  const log = new StepLog(PAYOUT_STEPS, () => undefined)
  await verifyPayout(OF_MINER, networkEvidence(silent), log, new AbortController().signal)
  assert.deepEqual(statesOf(log.steps), { ...ALL_GREEN, row: 'skipped' })
  assert.equal(stepNamed(log.steps, 'row').code, 'indexer/unreachable')
})

test('a contribution that a gateway changed is red', async (t) => {
  const made = await scene(t)
  const digest = made.story.state.rounds[0]?.contributions.get(0)?.revealed?.digest as Hex
  made.tampered.add(digest)
  const steps = await payoutSteps(made)
  assert.deepEqual(statesOf(steps), { ...ALL_GREEN, contributions: 'red' })
  assert.equal(stepNamed(steps, 'contributions').code, 'storage/digest-mismatch')
})

test('receipts that a gateway changed are red', async (t) => {
  const made = await scene(t)
  made.tampered.add(made.story.state.epochs.get(1n)?.opened.get(2)?.receiptsDigest as Hex)
  const steps = await payoutSteps(made)
  assert.deepEqual(statesOf(steps), { ...ALL_GREEN, receipts: 'red' })
})

test('blobs that nobody has are skipped over: nothing was found to be wrong', async (t) => {
  const made = await scene(t)
  const nowhere = { ...made.network, gateways: [] }
  const log = new StepLog(PAYOUT_STEPS, () => undefined)
  await verifyPayout(OF_MINER, networkEvidence(nowhere), log, new AbortController().signal)
  assert.deepEqual(statesOf(log.steps), { ...ALL_GREEN, receipts: 'skipped', contributions: 'skipped' })
})

const selectorOf = (name: string): Hex =>
  toEventSelector(runCoordinatorAbi.find((entry) => entry.type === 'event' && entry.name === name) as AbiEvent)
/** Data of these begins with a deadline, on which no payout rests. */
const DEADLINES = ['CommitCalled', 'ScoreRevealOpened'].map(selectorOf)
const ATTESTED = selectorOf('Attested')

test('any log that the RPC server changed or left out is red', async (t) => {
  const made = await scene(t)
  const { chain } = made
  for (const [index, block] of chain.blocks.entries()) {
    const [first, ...others] = block.logs
    if (first === undefined || DEADLINES.includes(first.topics[0] as Hex)) continue
    // The last digit of the first word.
    const digit = first.data[65] === '0' ? '1' : '0'
    const data = `${first.data.slice(0, 65)}${digit}${first.data.slice(66)}` as Hex
    for (const logs of [[{ ...first, data }, ...others], others]) {
      chain.blocks[index] = { ...block, logs }
      const states = statesOf(await payoutSteps(made))
      // A vote more than it takes decides nothing.
      const isSpare: boolean = logs.length === 0 && first.topics[0] === ATTESTED
      assert.ok(isSpare || Object.values(states).includes('red'), `block ${index}: ${JSON.stringify(states)}`)
    }
    chain.blocks[index] = block
  }
})

test('of a log that breaks the rules nothing is made', async (t) => {
  const made = await scene(t)
  const { chain } = made
  const settled = chain.blocks.findLastIndex((block) => block.logs.length === 3)
  chain.blocks[settled] = { ...(chain.blocks[settled] as (typeof chain.blocks)[number]), logs: [] }
  const skipped = Object.fromEntries(PAYOUT_STEPS.map(({ id }) => [id, 'skipped']))
  assert.deepEqual(statesOf(await payoutSteps(made)), { ...skipped, chain: 'green', log: 'green', contract: 'red' })
})

/** Of whose answers the last word is not compared: no amount rests on it. */
const LOOSE = [
  'function phaseOf(uint256)',
  'function isDue(uint256)',
  'function nextEpochOf(address,uint256)',
  'function symbol()',
  'function decimals()',
].map((text) => toFunctionSelector(text))

test('a read that the RPC server changed is red', async (t) => {
  const made = await scene(t)
  const { chain } = made
  const honest = chain.intercept
  const asked: Hex[] = []
  let lieAbout: Hex | undefined
  chain.intercept = (method, params) => {
    const answer = honest(method, params)
    if (method !== 'eth_call' || typeof answer !== 'string') return answer
    const { data } = params[0] as { data: Hex }
    asked.push(data)
    return data === lieAbout ? `${answer.slice(0, -1)}${answer.endsWith('3') ? '4' : '3'}` : answer
  }
  await payoutSteps(made)
  const calls = new Set(asked)
  assert.ok(calls.size > 15)
  for (const call of calls) {
    if (LOOSE.includes(call.slice(0, 10) as Hex)) continue
    lieAbout = call
    const states = statesOf(await payoutSteps(made))
    assert.ok(Object.values(states).includes('red'), `${call}: ${JSON.stringify(states)}`)
  }
})

test('seeds that are not of their blocks are red', async (t) => {
  const made = await scene(t)
  const { chain } = made
  const honest = chain.intercept
  chain.intercept = (method, params) => {
    const [hash] = params
    const block = chain.blocks.find((each) => each.hash === hash)
    if (method !== 'eth_getBlockByHash' || block === undefined) return honest(method, params)
    const { number, parentHash } = block
    const header = { number: `0x${number.toString(16)}`, hash, parentHash, timestamp: '0x1', baseFeePerGas: '0x1' }
    return { ...header, mixHash: bytesToHex(new Uint8Array(32)) }
  }
  assert.deepEqual(statesOf(await payoutSteps(made)), { ...ALL_GREEN, seeds: 'red' })
})

test('the wrong chain, a run or an epoch that does not exist, are said at once', async (t) => {
  const made = await scene(t)
  const other = { ...made.network, deployment: { ...made.network.deployment, chainId: 5 } }
  const log = new StepLog(PAYOUT_STEPS, () => undefined)
  await verifyPayout(OF_MINER, networkEvidence(other), log, new AbortController().signal)
  assert.equal(stepNamed(log.steps, 'chain').code, 'chain/wrong-chain')
  const unknown = await payoutSteps(made, { ...OF_MINER, run: 7n })
  assert.equal(stepNamed(unknown, 'log').code, 'verify/unknown-run')
  const early = await payoutSteps(made, { ...OF_MINER, epoch: 9n })
  assert.equal(stepNamed(early, 'contract').code, 'claim/unknown-epoch')
  assert.equal(stepNamed(early, 'row').state, 'skipped')
})

test('a check that is called off ends', async (t) => {
  const made = await scene(t)
  const stop = new AbortController()
  const log = new StepLog(PAYOUT_STEPS, (steps) => {
    if (steps.some(({ id, state }) => id === 'receipts' && state === 'running')) stop.abort(new Error('enough'))
  })
  await assert.rejects(verifyPayout(OF_MINER, networkEvidence(made.network), log, stop.signal), /enough/)
})

const CHECKPOINT_GREEN = {
  ...Object.fromEntries(CHECKPOINT_STEPS.map(({ id }) => [id, 'green'])),
  loss: 'skipped',
}

test('a checkpoint is folded from the genesis, and its roots are the chain’s', async (t) => {
  const made = await scene(t)
  made.tellRound(2)
  const steps = await checkpointSteps(made, 2n)
  assert.deepEqual(statesOf(steps), CHECKPOINT_GREEN, JSON.stringify(steps, null, 1))
  assert.deepEqual(statesOf(await checkpointSteps(made, 0n)), { ...CHECKPOINT_GREEN, row: 'skipped' })
  const none = await checkpointSteps(made, 9n)
  assert.equal(stepNamed(none, 'lineage').state, 'red')
})

test('a checkpoint’s changed blob or row is red', async (t) => {
  const made = await scene(t)
  made.tellRound(2, { root: `0x${'12'.repeat(32)}` })
  assert.deepEqual(statesOf(await checkpointSteps(made, 2n)), { ...CHECKPOINT_GREEN, row: 'red' })
  made.tellRound(2)
  made.tampered.add(made.story.state.rounds[1]?.contributions.get(1)?.revealed?.digest as Hex)
  assert.deepEqual(statesOf(await checkpointSteps(made, 2n)), { ...CHECKPOINT_GREEN, fold: 'red' })
  // The first round does not need it.
  made.tellRound(1)
  assert.deepEqual(statesOf(await checkpointSteps(made, 1n)), CHECKPOINT_GREEN)
  made.tampered.add(made.story.params.manifestDigest)
  const steps = await checkpointSteps(made, 1n)
  assert.deepEqual(statesOf(steps), { ...CHECKPOINT_GREEN, manifest: 'red', fold: 'skipped' })
})
