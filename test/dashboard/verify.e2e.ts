// The Verify page is green on an honest payout and an honest checkpoint, and red at the right step, with both values, when a blob, a
// row of the indexer, a log or a view of the RPC server was tampered with on its way.

import assert from 'node:assert/strict'
import { runCoordinatorAbi } from '@tessera/chain/generated/runCoordinator'
import type { EpochState, RunState } from '@tessera/protocol/runState'
import { includedIn, lineageOf } from '@tessera/protocol/runView'
import { getAbiItem, toFunctionSelector } from 'viem'
import { until } from '../e2e/harness/until.ts'
import { operatorOf } from './harness/pages.ts'
import { type Guest, pageTest } from './harness/pageTest.ts'
import type { Tampering } from './harness/proxy.ts'
import { HONEST_MINERS, type Stage } from './harness/stage.ts'
import { changedAnswer, changedResult, flippedBlob } from './harness/tamper.ts'
import { type ShownStep, statesOf, stepsOf } from './harness/verifying.ts'

const SETTLED_LIMIT_MS = 120_000
const ROUND = 1n
const EPOCH = 1n

/** The run when its first epoch is settled and the indexer has it. */
async function settled({ world }: Stage): Promise<RunState> {
  const isSettled = ({ epochs }: RunState): boolean => epochs.get(EPOCH)?.settlement?.booked === true
  const view = await until(world.follower, 'the first epoch is settled', ({ state }) => isSettled(state), {
    signal: world.signal,
    limitMs: SETTLED_LIMIT_MS,
  })
  return view.state
}

function epochOf(state: RunState): EpochState {
  const epoch = state.epochs.get(EPOCH)
  if (epoch === undefined) throw new Error('no first epoch')
  return epoch
}

async function payoutSteps({ stage, open, page }: Guest): Promise<readonly ShownStep[]> {
  const miner = operatorOf(stage, HONEST_MINERS[0])
  await open(`/verify/payout/${stage.world.network.run}/${EPOCH}/${miner}/${miner}/0`)
  return await stepsOf(page)
}

async function checkpointSteps({ stage, open, page }: Guest): Promise<readonly ShownStep[]> {
  await open(`/verify/checkpoint/${stage.world.network.run}/${ROUND}`)
  return await stepsOf(page)
}

/** Runs a check with one thing tampered with; the tampering must have met something. */
async function tampered(
  { stage }: Guest,
  tampering: Tampering,
  check: () => Promise<readonly ShownStep[]>,
): Promise<readonly ShownStep[]> {
  const stop = stage.browsing.proxy.tamper(tampering)
  try {
    const steps = await check()
    assert.ok(stop.altered() > 0, 'nothing was tampered with: the test shows nothing')
    return steps
  } finally {
    stop()
  }
}

function redOf(steps: readonly ShownStep[]): readonly string[] {
  return steps.flatMap(({ id, state }) => (state === 'red' ? [id] : []))
}

function textOf(steps: readonly ShownStep[], id: string): string {
  return steps.find((step) => step.id === id)?.text ?? ''
}

pageTest('every step of an honest payout is green', async (guest) => {
  await settled(guest.stage)
  const steps = await payoutSteps(guest)
  assert.deepEqual(
    steps.filter(({ state }) => state !== 'green'),
    [],
  )
  await guest.page.getByRole('heading', { name: 'Everything is right' }).waitFor()
})

pageTest('every step of an honest checkpoint is green, but for the loss, which nobody can prove', async (guest) => {
  await settled(guest.stage)
  const states = statesOf(await checkpointSteps(guest))
  const { loss, ...others } = states
  assert.equal(loss, 'skipped')
  assert.deepEqual(new Set(Object.values(others)), new Set(['green']), JSON.stringify(others))
})

pageTest('a flipped bit in an included contribution makes the fold red', async (guest) => {
  const state = await settled(guest.stage)
  const [first] = lineageOf(state)
  assert.ok(first !== undefined)
  const [contribution] = includedIn(state, first.round)
  assert.ok(contribution !== undefined)
  const ref = { digest: contribution.digest, size: Number(contribution.size) }
  const steps = await tampered(guest, flippedBlob(ref), () => checkpointSteps(guest))
  assert.deepEqual(redOf(steps), ['fold'])
  assert.match(textOf(steps, 'fold'), /broken or hostile/)
})

pageTest('a flipped bit in receipts makes the receipts red', async (guest) => {
  const [opened] = [...epochOf(await settled(guest.stage)).opened.values()]
  assert.ok(opened !== undefined)
  const ref = { digest: opened.receiptsDigest, size: Number(opened.receiptsSize) }
  const steps = await tampered(guest, flippedBlob(ref), () => payoutSteps(guest))
  assert.deepEqual(redOf(steps), ['receipts'])
})

pageTest('another amount in the row of the indexer makes the row red, with both amounts', async (guest) => {
  await settled(guest.stage)
  let told = ''
  const raise = (answer: unknown): void => {
    const { rows } = answer as { rows: { amount: string }[] }
    for (const row of rows) {
      row.amount = String(BigInt(row.amount) + 1n)
      told = row.amount
    }
  }
  const steps = await tampered(guest, changedAnswer(/\/v1\/holders\/0x[0-9a-f]{40}\/earnings$/, raise), () =>
    payoutSteps(guest),
  )
  assert.deepEqual(redOf(steps), ['row'])
  const text = textOf(steps, 'row')
  assert.ok(text.includes(told) && text.includes(String(BigInt(told) - 1n)), text)
})

pageTest('another root in the row of the indexer makes the row red', async (guest) => {
  await settled(guest.stage)
  const lie = `0x${'ee'.repeat(32)}`
  const change = (answer: unknown): void => {
    ;(answer as { root: string }).root = lie
  }
  const steps = await tampered(guest, changedAnswer(/\/v1\/runs\/\d+\/rounds\/\d+$/, change), () =>
    checkpointSteps(guest),
  )
  assert.deepEqual(redOf(steps), ['row'])
  assert.match(textOf(steps, 'row'), new RegExp(lie))
})

pageTest('a log that the RPC server altered makes the replay red', async (guest) => {
  await settled(guest.stage)
  const { rpcUrl } = guest.stage.world.network.anvil
  // The last byte of the data of every log: a digest, an amount, a size, whichever stands there.
  const flip = (log: { data: string }): unknown => ({
    ...log,
    data: log.data.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
  })
  const tampering = changedResult(rpcUrl, (result, { method }) =>
    method === 'eth_getLogs' && Array.isArray(result) && result.length > 0 ? result.map(flip) : result,
  )
  const steps = await tampered(guest, tampering, () => payoutSteps(guest))
  assert.deepEqual(redOf(steps), ['log'])
})

pageTest(
  'a view that the RPC server altered makes the comparison with the contract red, with both values',
  async (guest) => {
    const { page, stage } = guest
    await settled(stage)
    const { rpcUrl } = stage.world.network.anvil
    const selector = toFunctionSelector(getAbiItem({ abi: runCoordinatorAbi, name: 'shareOf' }))
    const tampering = changedResult(rpcUrl, (result, { method, params }) => {
      const call = params[0] as { input?: string; data?: string } | undefined
      const isShare = method === 'eth_call' && (call?.data ?? call?.input ?? '').startsWith(selector)
      return isShare && typeof result === 'string'
        ? `0x${(BigInt(result) + 1n).toString(16).padStart(64, '0')}`
        : result
    })
    const steps = await tampered(guest, tampering, () => payoutSteps(guest))
    assert.deepEqual(redOf(steps), ['contract', 'settlement'])
    await page.getByRole('heading', { name: '2 steps are wrong' }).waitFor()
  },
)

pageTest('another chain than the deployment’s makes the first step red', async (guest) => {
  await settled(guest.stage)
  const { rpcUrl } = guest.stage.world.network.anvil
  const tampering = changedResult(rpcUrl, (result, { method, params }) =>
    method === 'eth_getBlockByNumber' && params[0] === '0x0'
      ? { ...(result as object), hash: `0x${'ab'.repeat(32)}` }
      : result,
  )
  const steps = await tampered(guest, tampering, () => payoutSteps(guest))
  assert.deepEqual(redOf(steps), ['chain'])
})
