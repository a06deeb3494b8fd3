// What strangers, servers and bad luck do to an indexer. On SQLite and, by `npm run test:postgres`, on PostgreSQL.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { playRound, playScores, staffedRun } from '@tessera/protocol/plays.fixture'
import type { RunSimulator } from '@tessera/protocol/runSimulator.fixture'
import { addressOf, COORDINATOR, ETHER, OWNER, RUN } from '@tessera/protocol/simulatedRun.fixture'
import type { Database } from '../database/open.ts'
import { dump, testDatabase } from '../database/testDatabase.fixture.ts'
import { epochFacts } from './epochFacts.ts'
import { emptyLedger } from './foldLedger.ts'
import { foldLogs, type LogInTime } from './foldLogs.ts'
import { type Change, Indexer } from './indexer.ts'
import { StoryChain } from './storyChain.fixture.ts'

function played(): RunSimulator {
  const run = staffedRun()
  playRound(run)
  playRound(run)
  playScores(run, 1n)
  return run
}

function told({ events }: RunSimulator): StoryChain {
  const story = new StoryChain()
  story.stakeWithAnn()
  story.tell(events)
  return story
}

async function catchUp(indexer: Indexer): Promise<Change[]> {
  const changes: Change[] = []
  for (let change = await indexer.poll(); change !== undefined; change = await indexer.poll()) changes.push(change)
  return changes
}

const opened = ({ chain }: StoryChain, { db }: Database, rangeBlocks = 2_000): Promise<Indexer> =>
  Indexer.open({ db, chain, rangeBlocks })

test('what a server once left out is found missing later, and read again', async (t) => {
  const story = told(played())
  const { blocks } = story.fake
  const commits = played().events.flatMap(({ name }, at) => (name === 'Committed' ? [at] : []))
  // After block 0 and three of the vault.
  const number = 4 + (commits[1] ?? 0)
  const hidden = blocks[number]
  assert.ok(hidden)
  blocks[number] = { ...hidden, logs: [] }
  const database = await testDatabase(t, story.chain.deployment)
  const indexer = await opened(story, database, 1)
  // It is stored without the log, before anything contradicts that.
  await assert.rejects(catchUp(indexer), { code: 'chain/bad-response', retryable: true })
  assert.ok((indexer.block?.number ?? 0) >= number)
  blocks[number] = hidden
  await assert.rejects(catchUp(indexer), { code: 'chain/bad-response' })
  const [change] = await catchUp(indexer)
  assert.equal(change?.reorg, true)
  const fresh = await testDatabase(t, story.chain.deployment)
  await catchUp(await opened(story, fresh))
  assert.deepEqual(await dump(database), await dump(fresh))
})

test('blocks that are lost before they could be stored do not come back', async (t) => {
  const story = told(played())
  const database = await testDatabase(t, story.chain.deployment)
  const indexer = await opened(story, database)
  story.fake.intercept = (method) => (method === 'eth_getTransactionReceipt' ? null : undefined)
  await assert.rejects(indexer.poll(), { code: 'chain/bad-response' })
  story.fake.intercept = () => undefined
  story.fake.lose(4)
  story.fake.mine()
  await catchUp(indexer)
  const fresh = await testDatabase(t, story.chain.deployment)
  await catchUp(await opened(story, fresh))
  assert.deepEqual(await dump(database), await dump(fresh))
})

test('a chain that began with another block is not followed', async (t) => {
  const story = told(played())
  const database = await testDatabase(t, story.chain.deployment)
  await catchUp(await opened(story, database))
  const before = await dump(database)
  story.fake.lose(story.fake.blocks.length)
  for (let i = 0; i < 100; i++) story.fake.mine()
  await assert.rejects(catchUp(await opened(story, database)), { code: 'chain/wrong-chain', retryable: false })
  assert.deepEqual(await dump(database), before)
})

test('money and votes for what is no run make none', async (t) => {
  const story = told(played())
  const manager = COORDINATOR
  const never = 2n ** 200n
  for (const run of [99n, never])
    story.fake.mine([
      story.log('rewardEscrow', 'Granted', { manager, run, from: OWNER, amount: 1n }),
      story.log('emission', 'Paid', { period: 1n, manager, run, votes: 5n, amount: 7n }),
      story.log('emission', 'Voted', { holder: OWNER, period: 1n, choices: [{ manager, run, bps: 10_000 }] }),
    ])
  const database = await testDatabase(t, story.chain.deployment)
  const indexer = await opened(story, database)
  const changes = await catchUp(indexer)
  assert.deepEqual([...indexer.ledger.runs.keys()], [RUN])
  assert.deepEqual([...indexer.ledger.unborn.keys()], [99n])
  assert.deepEqual(
    changes.flatMap(({ runs }) => runs),
    [Number(RUN)],
  )
  assert.deepEqual(indexer.ledger.emission.choices.get(OWNER), [])
  assert.deepEqual((await database.db.selectFrom('payments').select('run').execute()).length, 1)
})

test('stake of the second in which an epoch opens has no part in it, in whatever block it came', () => {
  const story = told(staffedRun())
  const run = staffedRun()
  playRound(run)
  const opening = run.events.findIndex(({ name }) => name === 'EpochOpened')
  const before = story.fake.blocks.flatMap(({ logs }) => logs)
  const late = story.log('stakeVault', 'Deposited', {
    operator: addressOf('ann'),
    holder: addressOf('late'),
    amount: 1n,
    shares: 1n,
  })
  const tail = new StoryChain()
  tail.tell(run.events.slice(opening, opening + 3))
  const after = tail.fake.blocks.flatMap(({ logs }) => logs)
  // The deposit and the opening share a second, in blocks of their own.
  const logs = [...before, late, ...after].map((log, at): LogInTime => {
    const hash = `0x${'00'.repeat(32)}` as const
    const where = { blockNumber: BigInt(at), blockHash: hash, transactionHash: hash, logIndex: 0n }
    return { log: { ...log, ...where }, timestamp: at < before.length ? 1_000 : 2_000, gas: 1 }
  })
  const halves = [logs.slice(0, before.length + 1), logs.slice(before.length + 1)]
  let ledger = emptyLedger(story.chain.deployment)
  for (const half of halves) ledger = foldLogs(ledger, half, story.chain.deployment).ledger
  const holders = (pools: typeof ledger.pools) => [...(pools.get(addressOf('ann'))?.holders.keys() ?? [])]
  assert.ok(holders(ledger.pools).includes(addressOf('late')))
  const pools = ledger.runs.get(RUN)?.openings.get(1n)?.pools
  assert.ok(pools)
  assert.deepEqual(holders(pools), [addressOf('ann'), addressOf('zoe')])
})

test('sponsors with next to nothing do not crowd out the others, and no size outgrows its column', async (t) => {
  const story = told(played())
  const database = await testDatabase(t, story.chain.deployment)
  const indexer = await opened(story, database)
  await catchUp(indexer)
  const run = indexer.ledger.runs.get(RUN)
  const epoch = run?.state.epochs.get(1n)
  assert.ok(run && epoch)
  const { native } = run.state
  const common = { sponsor: OWNER, firstEpoch: 1n, nextReturn: 1n }
  const dust = Array.from({ length: 150 }, (_, at): [bigint, object] => [
    BigInt(at + 1),
    { ...common, token: addressOf(`dust ${at}`), perEpoch: 10n ** 30n, budget: 10n ** 30n },
  ])
  const real = { ...common, token: native, perEpoch: ETHER, budget: ETHER }
  const sponsorships = new Map([...dust, [151n, real]]) as typeof run.state.sponsorships
  const wide = new Map([...epoch.opened].map(([slot, each]) => [slot, { ...each, receiptsSize: 2n ** 64n - 1n }]))
  const where = { block: 1, at: 1, tx: `0x${'00'.repeat(32)}`, gas: 1 } as const
  const pools = { openedAt: 1, pools: new Map() }
  const { facts } = epochFacts({ ...run.state, sponsorships }, { ...epoch, opened: wide }, pools, where)
  const earnings = facts.flatMap(({ table, row }) => (table === 'earnings' ? [row] : []))
  const sources = new Set(earnings.map(({ source }) => source))
  assert.ok(sources.size === 100 && sources.has(0) && sources.has(151))
  for (const { table, row } of facts)
    if (table === 'member_epochs') assert.ok((row.receipts_size ?? 0) <= Number.MAX_SAFE_INTEGER)
})

test('who did nothing is told apart from who had nothing to do', async (t) => {
  const run = staffedRun()
  // Bob commits nothing; then a round in which nobody does.
  run.advance()
  run.commit(0)
  run.advance()
  run.advance()
  run.reveal(0)
  run.advance()
  run.propose([0])
  for (const slot of [0, 1]) if (!run.votes.has(slot)) run.vote(slot, 'attest')
  run.advance()
  run.advance()
  run.advance()
  playScores(run, 1n, (miner) => (miner === 0 ? 1_000 : 0))
  const story = told(run)
  const database = await testDatabase(t, story.chain.deployment)
  await catchUp(await opened(story, database))
  const rounds = await database.db.selectFrom('rounds').selectAll().orderBy('round').execute()
  assert.deepEqual(
    rounds.map(({ cells, votes }) => [cells, votes]),
    [
      ['ia..', 'vv.'],
      ['aa..', '...'],
    ],
  )
  const members = await database.db.selectFrom('member_epochs').selectAll().orderBy('role').orderBy('slot').execute()
  assert.deepEqual(
    members.map(({ zero }) => zero),
    [null, 'inactive', null, null],
  )
})
