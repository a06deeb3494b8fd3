// The same suite on SQLite and, by `npm run test:postgres`, on PostgreSQL.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holderPart } from '@tessera/chain/poolShares'
import { partOf } from '@tessera/protocol/claims'
import { playAny, playRound, playScores, staffedRun } from '@tessera/protocol/plays.fixture'
import type { RunSimulator } from '@tessera/protocol/runSimulator.fixture'
import { addressOf, ETHER, NATIVE, RUN } from '@tessera/protocol/simulatedRun.fixture'
import fc from 'fast-check'
import type { Database } from '../database/open.ts'
import { dump, testDatabase } from '../database/testDatabase.fixture.ts'
import { type Change, Indexer } from './indexer.ts'
import { StoryChain } from './storyChain.fixture.ts'

/** Two epochs of two rounds, the first one settled. */
function played(): RunSimulator {
  const run = staffedRun()
  for (let round = 0; round < 2; round++) playRound(run)
  playRound(run, 'worse')
  playScores(run, 1n)
  playRound(run)
  return run
}

function told(events: RunSimulator['events']): StoryChain {
  const story = new StoryChain()
  story.stakeWithAnn()
  story.tell(events)
  return story
}

function opened(story: StoryChain, { db }: Pick<Database, 'db'>, rangeBlocks = 2_000): Promise<Indexer> {
  return Indexer.open({ db, chain: story.chain, rangeBlocks })
}

/** To the head. */
async function catchUp(indexer: Indexer): Promise<Change[]> {
  const changes: Change[] = []
  for (let change = await indexer.poll(); change !== undefined; change = await indexer.poll()) changes.push(change)
  return changes
}

async function indexed(t: Parameters<typeof testDatabase>[0], story: StoryChain): Promise<Database> {
  const database = await testDatabase(t, story.chain.deployment)
  await catchUp(await opened(story, database))
  return database
}

test('rounds, contributions and members are those of the replay', async (t) => {
  const story = told(played().events)
  const database = await testDatabase(t, story.chain.deployment)
  const indexer = await opened(story, database)
  await catchUp(indexer)
  const state = indexer.ledger.runs.get(RUN)?.state
  assert.ok(state)
  const rounds = await database.db.selectFrom('rounds').selectAll().orderBy('round').execute()
  assert.deepEqual(
    rounds.map(({ round, void: reason, root, cells, votes }) => [round, reason, root, cells, votes]),
    state.rounds.map(({ id, end, parentRoot }) => [
      Number(id),
      end?.kind === 'void' ? end.reason : '',
      end?.kind === 'final' ? end.root : parentRoot,
      end?.kind === 'final' ? 'ii..' : 'rr..',
      end?.kind === 'final' ? 'vv.' : 'ww.',
    ]),
  )
  assert.ok(
    rounds.every(({ opened_at, closed_at, gas, bytes }) => opened_at < closed_at && gas >= 21_000 * 8 && bytes > 0),
  )
  const contributions = await database.db.selectFrom('contributions').selectAll().execute()
  assert.equal(contributions.length, 8)
  assert.deepEqual([...new Set(contributions.map(({ reason }) => reason))].sort(), [null, 'round-void'].sort())
  const members = await database.db.selectFrom('member_epochs').selectAll().execute()
  assert.deepEqual(
    members
      .filter(({ role }) => role === 'miner')
      .map(({ median, useful_rounds, zero }) => [median, useful_rounds, zero]),
    [
      [1010, 2, null],
      [1110, 2, null],
    ],
  )
  assert.equal(members.filter(({ role, revealed }) => role === 'validator' && revealed === 1).length, 2)
})

test('earnings are what the pools’ holders are owed, to the wei, and add up to what the epoch paid', async (t) => {
  const story = told(played().events)
  const database = await testDatabase(t, story.chain.deployment)
  const indexer = await opened(story, database)
  await catchUp(indexer)
  const state = indexer.ledger.runs.get(RUN)?.state
  const epoch = state?.epochs.get(1n)
  const share = epoch?.settlement?.shares.get(addressOf('ann'))
  assert.ok(state && epoch?.pots && share)
  const earned = partOf(epoch.pots.grant, share)
  const holding = { allShares: 100n * ETHER, commissionBps: 1000n }
  const rows = await database.db.selectFrom('earnings').selectAll().where('operator', '=', addressOf('ann')).execute()
  const of = (name: string): string | undefined => rows.find(({ account }) => account === addressOf(name))?.amount
  assert.equal(of('ann'), String(holderPart(earned, { ...holding, shares: 75n * ETHER }, true).part))
  assert.equal(of('zoe'), String(holderPart(earned, { ...holding, shares: 25n * ETHER }, false).part))
  const all = await database.db.selectFrom('earnings').selectAll().execute()
  const sum = all.reduce((total, { amount }) => total + BigInt(amount), 0n)
  const paid = indexer.ledger.runs.get(RUN)?.earned.get('') ?? 0n
  // Each division rounds down, and the rest stays in the escrow.
  assert.ok(sum <= paid && paid - sum < 10n, `${sum} of ${paid}`)
  assert.ok(all.every(({ token }) => token === NATIVE))
})

test('whatever blocks the chain loses, what is stored is as if they had never been', async (t) => {
  const seed = Number(process.env.TESSERA_SEED ?? 7)
  t.diagnostic(`seed ${seed}`)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(1_000), { minLength: 30, maxLength: 90 }),
      fc.array(fc.nat(1_000), { maxLength: 40 }),
      fc.nat(200),
      fc.integer({ min: 1, max: 30 }),
      async (picks, others, lost, rangeBlocks) => {
        const first = history(picks)
        const story = told(first)
        const database = await testDatabase(t, story.chain.deployment)
        const indexer = await opened(story, database, rangeBlocks)
        await catchUp(indexer)
        const kept = Math.max(0, first.length - lost)
        story.fake.lose(first.length - kept)
        // The other course begins with the same events as long as its picks are the same.
        const second = history([...picks.slice(0, Math.floor(picks.length / 2)), ...others])
        let common = 0
        while (common < kept && same(first[common], second[common])) common++
        story.fake.lose(kept - common)
        story.tell(second.slice(common))
        // A chain that is no longer than before says nothing new of itself: a block with nothing in it does.
        story.fake.mine()
        await catchUp(indexer)
        const fresh = await testDatabase(t, story.chain.deployment)
        await catchUp(await opened(story, fresh))
        assert.deepEqual(await dump(database), await dump(fresh))
        const resumed = await opened(story, database)
        assert.deepEqual(resumed.ledger, indexer.ledger)
      },
    ),
    { seed, numRuns: 12 },
  )
})

test('it goes on where it stopped, wherever that was, without asking for what it has', async (t) => {
  const story = told(played().events)
  const expected = await dump(await indexed(t, story))
  const database = await testDatabase(t, story.chain.deployment)
  // Each life ends after one stretch.
  for (let lives = 0; lives < 100; lives++) {
    const indexer = await opened(story, database, 5)
    if ((await indexer.poll()) === undefined) break
    story.fake.requests.length = 0
  }
  assert.deepEqual(await dump(database), expected)
  assert.ok(story.fake.requests.every(({ method }) => method !== 'eth_getLogs'))
})

test('what could not be stored is stored at the next try', async (t) => {
  const story = told(played().events)
  const database = await testDatabase(t, story.chain.deployment)
  const indexer = await opened(story, database)
  const { intercept } = story.fake
  story.fake.intercept = (method) => (method === 'eth_getTransactionReceipt' ? null : undefined)
  await assert.rejects(indexer.poll(), { code: 'chain/bad-response', retryable: true })
  story.fake.intercept = intercept
  await catchUp(indexer)
  assert.deepEqual(await dump(database), await dump(await indexed(t, story)))
})

test('a server that leaves a log out is not believed', async (t) => {
  const story = told(played().events)
  const database = await testDatabase(t, story.chain.deployment)
  const indexer = await opened(story, database, 40)
  const { blocks } = story.fake
  const hidden = blocks[20]
  assert.ok(hidden)
  blocks[20] = { ...hidden, logs: [] }
  await assert.rejects(catchUp(indexer), { code: 'chain/bad-response' })
  blocks[20] = hidden
  await catchUp(indexer)
  assert.deepEqual(await dump(database), await dump(await indexed(t, story)))
})

test('a change says whose pages are old, and what was lost', async (t) => {
  const run = played()
  const story = told(run.events)
  const database = await testDatabase(t, story.chain.deployment)
  const indexer = await opened(story, database)
  const [change] = await catchUp(indexer)
  assert.deepEqual(change?.runs, [Number(RUN)])
  assert.ok(change?.accounts.includes(addressOf('zoe')))
  assert.equal(change?.reorg, false)
  assert.deepEqual([indexer.block, indexer.newest], [change?.block, change?.block.number])
  story.fake.lose(3)
  story.fake.mine()
  const [after] = await catchUp(indexer)
  const from = change?.block.number ?? 0
  assert.deepEqual([after?.reorg, after?.lost], [true, { from, to: from - 3 }])
})

test('a chain that ends at a block that is stored, and goes on from it later', async (t) => {
  const story = told(played().events)
  const database = await testDatabase(t, story.chain.deployment)
  // A block at a time: each is one to step back to.
  const indexer = await opened(story, database, 1)
  await catchUp(indexer)
  const last = indexer.block?.number ?? 0
  story.fake.lose(3)
  const [after] = await catchUp(indexer)
  assert.deepEqual([after?.block.number, after?.lost], [last - 3, { from: last, to: last - 3 }])
  story.fake.mine()
  await catchUp(indexer)
  const fresh = await testDatabase(t, story.chain.deployment)
  await catchUp(await opened(story, fresh, 1))
  assert.deepEqual(await dump(database), await dump(fresh))
})

test('a damaged database says so', async (t) => {
  const story = told(played().events)
  const database = await indexed(t, story)
  await database.db.deleteFrom('logs').where('block', '=', 20).execute()
  await assert.rejects(opened(story, database), { code: 'indexer/database-damaged' })
})

function history(picks: readonly number[]): RunSimulator['events'] {
  const run = staffedRun()
  for (const pick of picks) playAny(run, pick)
  return run.events
}

function same(a: unknown, b: unknown): boolean {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part))
  return text(a) === text(b)
}
