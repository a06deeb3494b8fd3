import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerCalls } from '@tessera/chain/answers.fixture'
import { FakeChain } from '@tessera/chain/fakeChain.fixture'
import { epochsText } from '@tessera/chain/plans/dues'
import type { Plan } from '@tessera/chain/plans/plan'
import { type Hex, lowerHex } from '@tessera/protocol/hex'
import { parseEpochs, parseSources } from './claims.ts'
import { planClaim } from './commands/claim.ts'
import { describeDues, lookAtDues } from './commands/claimShow.ts'
import { amountOfShare } from './shareTexts.ts'

const TOKEN = 10n ** 18n
const operator: Hex = `0x${'a'.repeat(40)}`
const wallet: Hex = `0x${'b'.repeat(40)}`
const other: Hex = `0x${'c'.repeat(40)}`
const foreign: Hex = '0xDDdDddDdDdddDDddDDddDDDDdDdDDdDDdDDDDDDd'
const payout: Hex = `0x${'e'.repeat(40)}`
const zero: Hex = `0x${'0'.repeat(40)}`
const { signal } = new AbortController()

interface World {
  /** Epochs that opened. */
  readonly epochs?: bigint
  readonly runs?: bigint
  /** Whom the wallet acts for. */
  readonly actsFor?: Hex
  readonly owner?: Hex
  readonly shares?: (run: bigint, epoch: bigint, asOwner: boolean) => bigint
  readonly claimed?: (source: bigint, epoch: bigint) => boolean
  readonly tokens?: readonly Hex[]
}

interface Claim {
  readonly source: bigint
  readonly epochs: readonly bigint[]
}

/** A chain whose runs have sponsorships in some tokens, the first of them in the deployment's. */
function desk(world: World = {}) {
  const chain = new FakeChain()
  const { token } = chain.deployment
  const { epochs = 3n, runs = 1n, actsFor = operator, owner = other, shares = () => 1n, claimed = () => false } = world
  const sponsors = world.tokens ?? [token]
  const asked = answerCalls(
    chain,
    {
      operatorOf: actsFor,
      runCount: runs,
      nextEpochOf: [epochs + 1n, 0n, 0n],
      ownerOf: owner,
      paramsOf: runParams(token),
      shareOf: (run: bigint, epoch: bigint, account: Hex, asOwner: boolean) =>
        asOwner && lowerHex(account) !== owner ? 0n : shares(run, epoch, asOwner),
      sponsorshipsOf: BigInt(sponsors.length),
      sponsorshipOf: (_manager: Hex, _run: bigint, source: bigint) => ({
        ...{ token: sponsors[Number(source) - 1] ?? token, first: 1n, sponsor: other, next: 1n },
        ...{ perEpoch: 1n, budget: 1n },
      }),
      freeOf: 0n,
      claimable: ({ source, epochs: of }: Claim) =>
        of.filter((epoch) => !claimed(source, epoch)).reduce((sum, epoch) => sum + (source + 1n) * epoch * TOKEN, 0n),
      bondedOf: 0n,
      lockedOf: 0n,
      poolOf: [0n, 0n, 0n],
      delegateOf: zero,
      payoutOf: payout,
      endpointOf: '',
      symbol: 'FOO',
      decimals: 18,
    },
    [foreign],
  )
  const account = { name: 'w', address: wallet, unlock: () => Promise.reject(new Error('not needed')) }
  return { chain, account, asked }
}

function runParams(rewardToken: Hex) {
  const word: Hex = `0x${'1'.repeat(64)}`
  return {
    ...{ manifestDigest: word, manifestSize: 1n, genesisRoot: word, trainSeconds: 1, commitSeconds: 1 },
    ...{ revealSeconds: 1, attestSeconds: 1, scoreCommitSeconds: 1, scoreRevealSeconds: 1, maxLeaders: 1 },
    ...{ roundsPerEpoch: 1, maxRounds: 0n, maxIncluded: 1, minMiners: 1, maxMiners: 1, minValidators: 1 },
    ...{ maxValidators: 1, protectionEpochs: 0, minerStake: 1n, validatorStake: 1n, validatorWeightCap: 1n },
    ...{ rewardToken, minPot: 1n, epochPot: 1n, minerShareBps: 1, validatorShareBps: 1, maxBlobBytes: 1 },
    chunks: { k: 1, chunkSize: 4, chunkCount: 1, clipQ8: 1, rateQ16: 1, maxInnerSteps: 1, batch: 1 },
  }
}

const claim = (world: World = {}, options: object = {}) => planClaim(desk(world), { wallet, ...options }, { signal })
const claimsOf = ({ facts }: Plan) =>
  (facts.claims as { source: bigint; run: bigint; epochs: bigint[]; holder: Hex }[]).map(
    ({ run, source, epochs, holder }) => [run, source, epochs, lowerHex(holder)],
  )

test('epochs and sources are typed as numbers', () => {
  assert.deepEqual(parseEpochs('7'), { first: 7n, last: 7n })
  assert.deepEqual(parseEpochs('3-9'), { first: 3n, last: 9n })
  for (const text of ['', '0', '9-3', '3-', 'all', '-3', '1-2-3'])
    assert.throws(() => parseEpochs(text), { code: 'claim/bad-range' }, text)
  assert.deepEqual(parseSources(['0', '12']), [0n, 12n])
  for (const text of ['', 'grant', '-1']) assert.throws(() => parseSources([text]), { code: 'claim/bad-source' })
  assert.equal(epochsText([1n]), 'epoch 1')
  assert.equal(epochsText([1n, 2n, 3n, 7n, 9n, 10n]), 'epochs 1 to 3, 7, 9 to 10')
})

test('shares are told in percent', () => {
  const whole = 2n ** 64n
  assert.deepEqual([whole, whole / 2n, whole / 3n, 0n, 1n].map(amountOfShare), ['100', '50', '33.333333', '0', '0'])
})

test('the wallet’s operator is paid of all sources, the claimed left out', async () => {
  const plan = await claim({ claimed: (source, epoch) => source === 0n && epoch === 2n })
  assert.deepEqual(claimsOf(plan), [
    [1n, 0n, [1n, 3n], operator],
    [1n, 1n, [1n, 2n, 3n], operator],
  ])
  assert.match(plan.intent, /^Claim 16 TSRA that 0xa+ has earned\.$/i)
  assert.match(plan.afterwards[0] ?? '', /^0xe+ has 16 TSRA more$/i)
  assert.equal(plan.afterwards[1], 'of the grant of run 1, epochs 1, 3: 4 TSRA')
  assert.deepEqual(
    plan.requests.map(({ name, gas }) => [name, gas]),
    [['claimMany', 120_000n + 5n * 70_000n]],
  )
  assert.deepEqual(plan.warnings, ['the wallet pays for the gas and gets nothing of it'])
})

test('a holder of another pool is paid itself, and an owner what it is due as such', async () => {
  const held = await claim({ actsFor: wallet }, { operator, epochs: '2' })
  assert.deepEqual(claimsOf(held), [
    [1n, 0n, [2n], wallet],
    [1n, 1n, [2n], wallet],
  ])
  assert.match(held.intent, /^Claim 6 TSRA that 0xb+ has earned with the operator 0xa+\.$/i)
  assert.deepEqual(held.warnings, [])
  const owned = await claim({ actsFor: wallet, owner: wallet, shares: (_run, _epoch, asOwner) => (asOwner ? 1n : 0n) })
  assert.deepEqual(new Set(claimsOf(owned).map(([, , , holder]) => holder)), new Set([zero]))
  assert.match(owned.afterwards[1] ?? '', /, as its owner: /)
  const one = await claim({}, { sources: ['1'], epochs: '1-2', run: 1 })
  assert.deepEqual([claimsOf(one), one.requests[0]?.name], [[[1n, 1n, [1n, 2n], operator]], 'claim'])
})

test('sponsorships in other tokens are claimed when they are named, in transactions of their own', async () => {
  const { token } = new FakeChain().deployment
  const world = { tokens: [token, foreign] }
  const { warnings = [] } = await claim(world)
  assert.ok(warnings.includes('1 sponsorships of run 1 in other tokens were not looked at; --source names them'))
  const both = await claim(world, { sources: ['0', '2'], epochs: '1' })
  assert.deepEqual([both.requests.length, both.intent.includes('1 TSRA, 3 FOO')], [2, true])
  assert.ok(both.warnings?.some((line) => /whose own code says its name/.test(line)))
})

test('more than fits a transaction goes into several, and more than fits those is left', async () => {
  const many = await claim({ epochs: 400n, tokens: [] })
  assert.equal(many.requests.length, 7)
  const all = await claim({ epochs: 900n })
  assert.equal(all.requests.length, 10)
  assert.ok(all.warnings?.some((line) => /are left: call it again after this$/.test(line)))
  assert.ok(all.warnings?.includes('epochs of run 1 before 401 were not looked at; --epochs names them'))
  const runs = await claim({ runs: 60n, epochs: 1n })
  assert.ok(runs.warnings?.includes('runs before 11 were not looked at; --run names one of them'))
})

test('nothing to claim is an error that says what was not looked at', async () => {
  for (const world of [{ shares: () => 0n }, { claimed: () => true }, { epochs: 0n }, { runs: 0n }])
    await assert.rejects(claim(world), { code: 'claim/nothing' })
  await assert.rejects(claim({ epochs: 900n, shares: () => 0n }), { hint: /before 401 were not looked at/ })
  await assert.rejects(claim({}, { run: 2 }), { code: 'run/unknown' })
})

test('what can be claimed is shown by run and source', async () => {
  const { chain } = desk({ actsFor: wallet })
  const lines = describeDues(await lookAtDues(chain, { wallet, operator }, { signal }))
  assert.deepEqual(
    lines.map((line) => line.toLowerCase()),
    [
      `operator   ${operator}`,
      `holder     ${wallet}`,
      `paid to    ${wallet}`,
      'claimable  18 tsra',
      'run 1      6 tsra of the grant, epochs 1 to 3',
      'run 1      12 tsra of sponsorship 1, epochs 1 to 3',
    ],
  )
  const none = desk({ shares: () => 0n })
  assert.match(describeDues(await lookAtDues(none.chain, { wallet }, { signal }))[3] ?? '', /^claimable +nothing$/)
})
