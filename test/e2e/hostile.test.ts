// Miners that cheat, beside honest ones: one sends garbage, one sends another's payload, one never reveals. None is included
// or paid, the receipts say why, the honest are paid, and the books balance. A whole network of real processes.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { getEscrowBalance } from '@tessera/chain/actions/getEscrowBalance'
import { getRunHead } from '@tessera/chain/actions/getRunHead'
import { getShare } from '@tessera/chain/actions/getShare'
import { Board } from '@tessera/deploy/devnet/board'
import { operatorEarning } from '@tessera/deploy/devnet/earnings'
import { Watcher } from '@tessera/deploy/devnet/watcher'
import { hasSlot } from '@tessera/protocol/bitmap'
import { claimableSources } from '@tessera/protocol/claims'
import { decodeReceipts, verifyReceipts } from '@tessera/protocol/receipt'
import type { RunState } from '@tessera/protocol/runState'
import { openMemoryStore } from '@tessera/storage/embeddedStore'
import { author } from '@tessera/storage/testSource'
import { startHostile } from './harness/startHostile.ts'
import { until } from './harness/until.ts'
import { openWorld, type World } from './harness/world.ts'

const LIMIT_MS = 300_000
let world: World
let state: RunState

before(async () => {
  world = await openWorld({ miners: 5, validators: 3 })
  world.startAll('validator-1', 'validator-2', 'validator-3', 'miner-1', 'miner-2')
  startHostile(world, 'miner-3', 'garbage')
  startHostile(world, 'miner-4', 'copy')
  startHostile(world, 'miner-5', 'silent')
  const settledAndClaimed = (run: RunState): boolean =>
    run.epochs.get(2n)?.phase === 'Settled' && honest().every((operator) => paid(run, operator) > 0n)
  const view = await until(world.follower, 'two epochs settled and claimed', (now) => settledAndClaimed(now.state), {
    signal: world.signal,
    limitMs: LIMIT_MS,
  })
  state = view.state
})

after(() => world?.close())

function operatorOf(name: string): `0x${string}` {
  const member = world.members.get(name)
  if (member === undefined) throw new Error(`no member ${name}`)
  return member.operator
}

/** Wei that the operator has claimed. */
function paid(run: RunState, operator: `0x${string}`): bigint {
  return operatorEarning(run, operator, 'miner').wei
}

function honest(): readonly `0x${string}`[] {
  return ['miner-1', 'miner-2', 'validator-1', 'validator-2', 'validator-3'].map(operatorOf)
}

const CHEATS = [
  { name: 'miner-3', reason: 'malformed' },
  { name: 'miner-4', reason: 'wrong-header' },
  { name: 'miner-5', reason: 'unrevealed' },
] as const

for (const { name, reason } of CHEATS) {
  test(`${name} is never included, never paid, and its receipts say ${reason}`, async () => {
    const operator = operatorOf(name)
    const rounds = state.rounds.filter(({ contributions }) =>
      [...contributions.values()].some((one) => one.operator === operator),
    )
    assert.ok(rounds.length > 0, `${name} took part in no round: the test shows nothing`)
    for (const round of rounds) {
      const slot = [...round.contributions.values()].find((one) => one.operator === operator)?.slot ?? -1
      assert.equal(
        round.end?.kind === 'final' && hasSlot(round.end.included, slot),
        false,
        `included in round ${round.id}`,
      )
    }
    assert.deepEqual(claimableSources(state, operator), [])
    const { chain, run } = world.network
    for (const epoch of [1n, 2n])
      assert.equal(await getShare(chain, { run, epoch, account: operator, asOwner: false }), 0n)

    const receipts = await receiptsOf(2n)
    for (const receipt of receipts) {
      const mine = receipt.miners.find((miner) => miner.operator === operator)
      assert.equal(mine?.score, 0)
      assert.ok(mine.reason !== undefined)
      assert.ok(
        mine.rounds.some((round) => round.reason === reason),
        mine.rounds.map((round) => round.reason).join(),
      )
    }
  })
}

test('the honest are paid, and every replica has the root of every final round', () => {
  for (const operator of honest()) assert.ok(paid(state, operator) > 0n, operator)
  const roots = new Map(
    state.rounds.flatMap(({ id, end }) => (end?.kind === 'final' ? [[Number(id), end.root] as const] : [])),
  )
  assert.ok(roots.size >= 4)
  const states = world.records.filter((record) => record.event === 'state')
  for (const node of ['miner-1', 'miner-2', 'validator-1', 'validator-2', 'validator-3']) {
    const mine = states.filter((record) => record.node === node)
    assert.ok(mine.length >= roots.size - 1, `${node} applied ${mine.length} of ${roots.size} rounds`)
    for (const { round, root } of mine)
      if (roots.has(Number(round))) assert.equal(root, roots.get(Number(round)), `${node}, round ${round}`)
  }
})

test('the replay of the events is what the contracts say, and what is owed is held', async () => {
  const { chain, run } = world.network
  const view = await until(world.follower, 'a look', () => true, { signal: world.signal, limitMs: 10_000 })
  const head = await getRunHead(chain, { run }, { blockNumber: view.block.number })
  assert.equal(view.state.stateRoot, head.stateRoot)
  assert.equal(view.state.round?.id, head.round)
  const { owed, held } = await getEscrowBalance(chain, {})
  assert.ok(owed <= held, `${owed} owed, ${held} held`)
})

test('a watch without a node left says so instead of waiting for ever', async () => {
  const { chain, run, bundle, members, delegator, genesisSupply } = world.network
  const board = new Board({ print: () => undefined, now: () => 0 })
  const watcher = new Watcher({
    chain,
    run,
    board,
    members,
    delegator,
    genesisSupply,
    parameters: bundle.parameters,
    pollMs: 10,
    signal: world.signal,
  })
  await watcher.begin()
  await assert.rejects(
    watcher.watch(undefined, () => false),
    { code: 'devnet/nodes-ended' },
  )
})

/** Every validator's receipts of an epoch, fetched as anyone could. */
async function receiptsOf(epoch: bigint): Promise<ReturnType<typeof decodeReceipts>[]> {
  const store = await openMemoryStore({ quotaBytes: 1e8, allowLoopback: true })
  try {
    const opened = [...(state.epochs.get(epoch)?.opened.values() ?? [])]
    assert.equal(opened.length, 3)
    return await Promise.all(
      opened.map(async ({ operator, receiptsDigest, receiptsSize }) => {
        const sources = [author(state.operators.get(operator)?.endpoint ?? '')]
        const options = { sources, deadlineMs: 10_000, maxBytes: 1e7, round: 1 }
        const receipts = decodeReceipts(
          await store.read({ digest: receiptsDigest, size: Number(receiptsSize) }, options),
        )
        verifyReceipts(receipts)
        return receipts
      }),
    )
  } finally {
    await store.close()
  }
}
