import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimRewards } from '@tessera/chain/actions/claimRewards'
import type { Hex } from '@tessera/protocol/hex'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import { DEPLOYMENT, Sent } from '../testing/recorders.ts'
import { RunStory } from '../testing/runStory.ts'
import { hash32, madeUpOpening, minerAddress, NATIVE, OWNER, RUN, validatorAddress } from '../testing/storyParts.ts'
import { Claimer } from './claimer.ts'

const OPERATOR = minerAddress(0)
const DOLLAR: Hex = `0x${'dd'.repeat(20)}`
const ROCK: Hex = `0x${'ee'.repeat(20)}`

/** One more epoch, in which the first miner alone earns. */
function settled(story: RunStory): RunStory {
  story.toAttest(new Map([[0, madeUpOpening(story.block)]])).propose([0], hash32('next', story.block))
  story.finalize().closeEpoch()
  const opening = { receiptsDigest: hash32(), receiptsSize: 1n, salt: hash32() }
  for (const slot of [0, 1, 2]) story.commitScores(slot, { ...opening, scores: Uint16Array.of(9, 0, 0, 0, 0, 0, 0, 0) })
  story.openScoreReveal()
  for (const slot of [0, 1, 2]) story.revealScores(slot)
  return story.settle()
}

const begin = () => new RunStory({ params: { roundsPerEpoch: 1 } })

function claimer(operator = OPERATOR, tokens: readonly Hex[] = []) {
  const sent = new Sent()
  const service = new Claimer({ actor: sent.actor, deployment: DEPLOYMENT, operator, tokens, logger: sent.log.logger })
  const look = async (story: RunStory) => {
    await service.step(story.view)
    return sent.take()
  }
  return { sent, look }
}

const CLAIM = (operator: Hex, epochs: readonly bigint[], source = 0n, holder = operator) =>
  claimRewards(DEPLOYMENT, { manager: DEPLOYMENT.runCoordinator, run: RUN, source, operator, holder, epochs })

test('claims what its operator has earned when the epoch is settled, once', async () => {
  const { sent, look } = claimer()
  const story = settled(begin())
  assert.deepEqual(await look(story), [CLAIM(OPERATOR, [1n])])
  const about = { source: 0n, token: NATIVE, epochs: [1n], asOwner: false }
  assert.deepEqual(sent.log.with('claimed')[0]?.context, about)
  assert.deepEqual(await look(story), [], 'it is under way to us')
  assert.deepEqual(await look(story.claim(OPERATOR, 1n)), [])
  assert.deepEqual(await look(settled(story)), [CLAIM(OPERATOR, [2n])])
})

test('claims what waits in one transaction, and not too much in one', async () => {
  const { look } = claimer()
  const story = begin()
  for (let epoch = 0; epoch < 7; epoch++) settled(story)
  story.claim(OPERATOR, 2n)
  assert.deepEqual(await look(story), [CLAIM(OPERATOR, [1n, 3n, 4n, 5n, 6n, 7n])])

  const long = new RunStory({ params: { roundsPerEpoch: 1, epochPot: 1_000n, minPot: 10n } })
  for (let epoch = 0; epoch < 66; epoch++) settled(long.grant(1_000n))
  const other = claimer()
  const ids = Array.from({ length: 66 }, (_, i) => BigInt(i + 1))
  assert.deepEqual(await other.look(long), [CLAIM(OPERATOR, ids.slice(0, 64))])
  assert.deepEqual(await other.look(long), [CLAIM(OPERATOR, ids.slice(64))])
})

test('what earned nothing is not claimed, and what others earned is theirs', async () => {
  const story = settled(begin())
  assert.deepEqual(await claimer().look(begin()), [])
  assert.deepEqual(await claimer(minerAddress(1)).look(story), [])
  assert.deepEqual(await claimer(validatorAddress(1)).look(story), [CLAIM(validatorAddress(1), [1n])])
})

test('claims for the owner of the run as such', async () => {
  const { look } = claimer(OWNER)
  const story = settled(begin())
  assert.deepEqual(await look(story), [CLAIM(OWNER, [1n], 0n, ZERO_ADDRESS)])
  assert.deepEqual(await look(story.claim(OWNER, 1n, 0n, ZERO_ADDRESS)), [])
})

test('claims sponsorships in the tokens that it is told, each by itself', async () => {
  const story = begin()
    .sponsor(DOLLAR, 1_000_000n, 500_000n)
    .sponsor(ROCK, 10n ** 9n)
    .sponsor(DOLLAR, 700_000n)
  settled(story)
  assert.deepEqual(await claimer().look(story), [CLAIM(OPERATOR, [1n])], 'anyone can sponsor with rocks')
  const { look, sent } = claimer(OPERATOR, [DOLLAR.toUpperCase().replace('0X', '0x') as Hex])
  sent.reply = ({ data }) => (data === CLAIM(OPERATOR, [1n], 1n).data ? 'RewardEscrowOverdrawn' : undefined)
  const claims = [CLAIM(OPERATOR, [1n]), CLAIM(OPERATOR, [1n], 1n), CLAIM(OPERATOR, [1n], 3n)]
  assert.deepEqual(await look(story), claims, 'one that is refused keeps nothing else back')
  assert.deepEqual(await look(story), [CLAIM(OPERATOR, [1n], 1n)])
})

test('claims the sponsorship that the run is paid from', async () => {
  const params = { roundsPerEpoch: 1, rewardToken: DOLLAR, minPot: 100n }
  const story = new RunStory({ params })
    .sponsor(ROCK, 10n ** 6n)
    .sponsor(DOLLAR, 10n ** 6n, 10n ** 5n)
    .useSource(2n)
  settled(story)
  assert.deepEqual(await claimer().look(story), [CLAIM(OPERATOR, [1n]), CLAIM(OPERATOR, [1n], 2n)])
})

test('a claim that was refused is not called claimed, and is tried again', async () => {
  const { sent, look } = claimer()
  sent.reply = () => 'RewardEscrowEpochNotSettled'
  const story = settled(begin())
  assert.equal((await look(story)).length, 1)
  assert.deepEqual(sent.log.at('info'), [])
  assert.equal((await look(story)).length, 1)
})
