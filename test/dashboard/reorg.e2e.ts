// Blocks that the chain takes back leave no wrong number behind: what pages show afterwards is what a fresh indexer answers, and what
// the contracts say. The last of the files: nobody trains after it.

import assert from 'node:assert/strict'
import { approve } from '@tessera/chain/actions/approve'
import { deposit } from '@tessera/chain/actions/deposit'
import { getPosition } from '@tessera/chain/actions/getPosition'
import { getRunHead } from '@tessera/chain/actions/getRunHead'
import { getHead, request } from '@tessera/chain/rpc'
import { ask } from '@tessera/indexer/api/client'
import type { Hex } from '@tessera/protocol/hex'
import type { Page } from 'playwright-core'
import { untilStat } from './harness/acting.ts'
import { eventually } from './harness/eventually.ts'
import { fund, senderOf, TOKEN } from './harness/funds.ts'
import { startIndexing } from './harness/indexing.ts'
import { operatorOf } from './harness/pages.ts'
import { pageTest } from './harness/pageTest.ts'
import { HONEST_MINERS, indexerOptions, type Stage } from './harness/stage.ts'

const KEY: Hex = `0x${'44'.repeat(32)}`
const CATCH_UP_MS = 60_000
/** Some rounds, of ten blocks each. */
/** Forty blocks are folded anew beside a network that trains; two networks on one machine once took longer than half a minute. */
const DEEP_LIMIT_MS = 90_000
const DEEP = 40

let isStill = false

/** Ends all training, so that the chain stands still but for what the test does. Once. */
async function standStill({ world }: Stage): Promise<void> {
  if (isStill) return
  isStill = true
  await Promise.all([...world.members.keys()].map((name) => world.child(name).stop()))
  await mining(world.network.chain, 0)
}

async function mining({ client }: Stage['world']['network']['chain'], seconds: number): Promise<void> {
  await request(client, 'evm_setIntervalMining', [seconds])
}

/** Stakes so many tokens; with the chain standing still, a block for each transaction. */
async function stake({ world }: Stage, operator: Hex, tokens: bigint): Promise<void> {
  const { chain } = world.network
  await mining(chain, 1)
  const sender = senderOf(world, KEY)
  await sender.send(approve(chain.deployment, { spender: chain.deployment.stakeVault, amount: tokens }))
  await sender.send(deposit(chain.deployment, { operator, amount: tokens }))
  await mining(chain, 0)
}

async function untilIndexed(url: string, { world }: Stage): Promise<void> {
  const head = await getHead(world.network.chain)
  await eventually(
    `${url} has the block ${head.number}`,
    async () => (await ask(url, 'status', {})).indexed?.hash,
    (hash) => hash === head.hash,
    CATCH_UP_MS,
  )
}

/** What an indexer says that follows from the chain alone: not what its observer has found out so far. */
async function chainFacts(url: string, run: number, holder: Hex): Promise<unknown> {
  const [summary, detail, series, who, history, rows] = await Promise.all([
    ask(url, 'runs', {}),
    ask(url, 'run', { run }),
    ask(url, 'series', { run }),
    ask(url, 'holder', { address: holder }),
    ask(url, 'earnings', { address: holder, limit: 500 }),
    ask(url, 'contributions', { run, limit: 500 }),
  ])
  const observed = { name: null, parameters: null, tokens: null, lastLoss: null }
  return {
    runs: summary.map((one) => ({ ...one, ...observed })),
    run: { ...detail, manifest: null, summary: { ...detail.summary, ...observed } },
    series: { ...series, loss: [], tokens: [] },
    holder: who,
    earnings: history.rows,
    contributions: rows.rows.map((row) => ({
      ...row,
      ...{ reason: null, samples: null, steps: null, ownDrop: null, drawnDrop: null },
    })),
  }
}

/** The page's numbers, the first indexer's, a fresh one's and the contracts' are the same. */
async function assertSame(stage: Stage, page: Page, holder: Hex): Promise<void> {
  const { world, build, indexing } = stage
  const { chain, run } = world.network
  await untilIndexed(indexing.url, stage)
  const fresh = await startIndexing(indexerOptions(world, build, `fresh-${crypto.randomUUID().slice(0, 8)}`))
  try {
    await untilIndexed(fresh.url, stage)
    assert.deepEqual(
      await chainFacts(indexing.url, Number(run), holder),
      await chainFacts(fresh.url, Number(run), holder),
    )
  } finally {
    await fresh.stop()
  }
  const operators = [...world.members.values()].map((member) => member.operator)
  const positions = await Promise.all(operators.map((operator) => getPosition(chain, { operator, holder })))
  const total = positions.reduce((sum, { value }) => sum + value, 0n)
  await untilStat(page, 'Staked', (staked) => staked === total)
  const head = await getRunHead(chain, { run })
  const { summary } = await ask(indexing.url, 'run', { run: Number(run) })
  assert.equal(BigInt(summary.round), head.round)
  assert.equal(summary.stateRoot, head.stateRoot)
}

pageTest(
  'other blocks in the place of the last ones: the page shows what the new ones say',
  async ({ stage, page, open }) => {
    const { world } = stage
    const { client } = world.network.chain
    await standStill(stage)
    const operator = operatorOf(stage, HONEST_MINERS[0])
    await mining(world.network.chain, 1)
    const holder = await fund(world, KEY, 100n * TOKEN)
    await stake(stage, operator, 30n * TOKEN)
    await open(`/holder/${holder}`)
    await untilStat(page, 'Staked', (staked) => staked > 29n * TOKEN)
    // The stake is among what is lost, and nothing comes in its place.
    await request(client, 'anvil_reorg', [3, []])
    await untilStat(page, 'Staked', (staked) => staked === 0n)
    await assertSame(stage, page, holder)
  },
)

pageTest('a chain that got shorter by rounds: nothing of them is left', async ({ stage, page, open }) => {
  const { world } = stage
  const { chain, run } = world.network
  await standStill(stage)
  const before = await getRunHead(chain, { run })
  const { address: holder } = world.network.delegator
  await open(`/run/${run}`)
  await page.getByText(`Round ${before.round}`).first().waitFor()
  await request(chain.client, 'anvil_rollback', [DEEP])
  const after = await getRunHead(chain, { run })
  assert.ok(after.round < before.round, 'no round was lost: the test shows nothing')
  await eventually(
    `nothing of round ${before.round} is shown`,
    () => page.getByText(`Round ${before.round}`).count(),
    (count) => count === 0,
    DEEP_LIMIT_MS,
  )
  await open(`/holder/${holder}`)
  await assertSame(stage, page, holder)
})

pageTest(
  'an indexer that was killed goes on, over blocks that were lost meanwhile',
  async ({ stage, page, open, provokes }) => {
    provokes(/\/v1\//)
    const { world, indexing } = stage
    const { chain } = world.network
    await standStill(stage)
    const operator = operatorOf(stage, HONEST_MINERS[0])
    await mining(chain, 1)
    const holder = await fund(world, KEY, 100n * TOKEN)
    await stake(stage, operator, 20n * TOKEN)
    await untilIndexed(indexing.url, stage)
    await open(`/holder/${holder}`)
    await untilStat(page, 'Staked', (staked) => staked > 19n * TOKEN)
    await indexing.restart(async () => {
      await request(chain.client, 'anvil_reorg', [2, []])
    })
    await untilStat(page, 'Staked', (staked) => staked === 0n)
    await assertSame(stage, page, holder)
  },
)
