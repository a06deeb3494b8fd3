import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerCalls, revertWith } from '@tessera/chain/answers.fixture'
import { FakeChain } from '@tessera/chain/fakeChain.fixture'
import type { Plan } from '@tessera/chain/plans/plan'
import type { Hex } from '@tessera/protocol/hex'
import { planEviction } from './commands/runEvict.ts'
import { planJoining } from './commands/runJoin.ts'
import { planRelease } from './commands/runRelease.ts'
import { planUse } from './commands/sponsorUse.ts'

const TOKEN = 10n ** 18n
const wallet: Hex = `0x${'b'.repeat(40)}`
const zero: Hex = `0x${'0'.repeat(40)}`
const other: Hex = `0x${'c'.repeat(40)}`
const word: Hex = `0x${'1'.repeat(64)}`
const { signal } = new AbortController()
const run = 1n

interface Seat {
  readonly leaving?: boolean
  readonly protectedUntil?: bigint
  readonly use?: bigint
  readonly heir?: Hex
}

/** A run with two slots a role, in epoch 5, and an operator with 20 tokens of stake. */
function desk({
  seats = [],
  allowed = true,
  short = false,
  rewardToken,
}: {
  seats?: Seat[]
  allowed?: boolean
  short?: boolean
  rewardToken?: Hex
} = {}) {
  const chain = new FakeChain()
  const { token } = chain.deployment
  answerCalls(
    chain,
    {
      runCount: 1n,
      ownerOf: other,
      paramsOf: {
        ...{ manifestDigest: word, manifestSize: 1n, genesisRoot: word, trainSeconds: 1, commitSeconds: 1 },
        ...{ revealSeconds: 1, attestSeconds: 1, scoreCommitSeconds: 1, scoreRevealSeconds: 1, maxLeaders: 1 },
        ...{ roundsPerEpoch: 1, maxRounds: 0n, maxIncluded: 1, minMiners: 1, maxMiners: 2, minValidators: 1 },
        ...{ maxValidators: 2, protectionEpochs: 0, minerStake: 10n * TOKEN, validatorStake: 5n * TOKEN },
        ...{ validatorWeightCap: 15n * TOKEN, rewardToken: rewardToken ?? token, minPot: 1n, epochPot: 1n },
        ...{ minerShareBps: 1, validatorShareBps: 1, maxBlobBytes: 1 },
        chunks: { k: 1, chunkSize: 4, chunkCount: 1, clipQ8: 1, rateQ16: 1, maxInnerSteps: 1, batch: 1 },
      },
      slotOf: revertWith('runCoordinator', 'RunNotMember', [run, wallet]),
      poolOf: [20n * TOKEN, 20n * TOKEN, 0n],
      bondedOf: 20n * TOKEN,
      lockedOf: 0n,
      coolingOf: 0n,
      isManagerAllowed: allowed,
      memberOf: (_run: bigint, _role: number, slot: number) => {
        const { leaving = false, protectedUntil = 0n, heir = zero } = seats[slot] ?? {}
        const operator = seats[slot] === undefined ? zero : other
        return {
          ...{ operator, key: operator, leaving, activeFrom: 1n, lastEpoch: 4n, protectedUntil },
          ...{ stake: 10n * TOKEN, weight: 0n, heir },
        }
      },
      usefulnessOf: (_run: bigint, slot: number) => seats[slot]?.use ?? 0n,
      phaseOf: 1,
      currentRoundOf: 9n,
      currentEpochOf: 5n,
      stateRootOf: word,
      isDue: false,
      isShort: short,
      sourceOf: 0n,
      sponsorshipOf: { token: other, first: 1n, sponsor: wallet, next: 1n, perEpoch: 1n, budget: 1n },
      freeOf: 0n,
      symbol: 'FOO',
      decimals: 0,
    },
    ['0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC'],
  )
  const account = { name: 'w', address: wallet, unlock: () => Promise.reject(new Error('not needed')) }
  return { chain, account }
}

const callsOf = ({ requests }: Plan) => requests.map(({ name }) => name)
const join = (world: Parameters<typeof desk>[0], role: 'miner' | 'validator' = 'miner', stake?: bigint) =>
  planJoining(desk(world), { run, role, stake }, { signal })

test('a free slot is taken, after the coordinator is allowed if it is not', async () => {
  const plan = await join({ seats: [{}], allowed: false })
  assert.deepEqual([callsOf(plan), plan.facts.replaces], [['allowManager', 'joinAsMiner'], null])
  assert.match(plan.intent, /^Join run 1 as a miner, with 10 TSRA of the stake of 0xb+\.$/)
  assert.equal(plan.afterwards[0], '10 TSRA of its stake are free')
  const validator = await join({}, 'validator', 16n * TOKEN)
  assert.deepEqual(callsOf(validator), ['joinAsValidator'])
  assert.ok(validator.warnings?.includes('more than 15 TSRA count for nothing in votes and pay'))
  assert.equal((await join({}, 'validator')).facts.stake, 5n * TOKEN)
  await assert.rejects(join({}, 'validator', 21n * TOKEN), { code: 'run/too-little-stake' })
})

test('in a full run the least useful miner gives way, the lower slot of two that are alike', async () => {
  const least = async (seats: Seat[]) => (await join({ seats })).facts.replaces
  assert.equal(await least([{ use: 7n }, { use: 6n }]), 1)
  assert.equal(await least([{ use: 6n }, { use: 6n }]), 0)
  // Who leaves or is protected does not count, however useless.
  assert.equal(await least([{ use: 7n }, { use: 0n, leaving: true }]), 0)
  assert.equal(
    await least([
      { use: 7n, protectedUntil: 5n },
      { use: 0n, protectedUntil: 6n },
    ]),
    0,
  )
  await assert.rejects(join({ seats: [{ leaving: true }, { protectedUntil: 6n }] }), {
    code: 'run/full',
    message: /leaving or protected/,
  })
  await assert.rejects(join({ seats: [{}, {}] }, 'validator'), { code: 'run/full', message: /validator slot/ })
})

test('a member that left is released, and its heir has the slot then', async () => {
  const released = (seats: Seat[], slot: number | undefined) =>
    planRelease(desk({ seats }), { run, role: 'miner', slot }, { signal })
  assert.match((await released([{ leaving: true, heir: wallet }], 0)).afterwards[1] ?? '', /^0xb+ has the slot/i)
  assert.equal((await released([{ leaving: true }], 0)).afterwards[1], 'slot 0 is free')
  await assert.rejects(released([{}], 0), { code: 'run/not-leaving' })
  await assert.rejects(released([], 1), { code: 'run/no-member' })
  await assert.rejects(released([], undefined), { code: 'run/not-member' })
})

test('only a member whose stake does not cover its locks is evicted', async () => {
  const of = { run, role: 'validator', slot: 0 } as const
  assert.deepEqual(callsOf(await planEviction(desk({ seats: [{}], short: true }), of, { signal })), ['evict'])
  await assert.rejects(planEviction(desk({ seats: [{}] }), of, { signal }), { code: 'run/not-short' })
})

test('a run uses a sponsorship in its own token only', async () => {
  const { chain } = desk()
  const of = { manager: chain.deployment.runCoordinator, run, source: 1n }
  await assert.rejects(planUse({ chain }, of, { signal }), { code: 'sponsor/other-token' })
  const plan = await planUse(desk({ rewardToken: other }), of, { signal })
  assert.deepEqual(callsOf(plan), ['useSponsorship'])
  assert.match(plan.afterwards[0] ?? '', /it pays 1 FOO for epoch 1$/)
  assert.equal(plan.afterwards[1], 'until now it used none')
})
