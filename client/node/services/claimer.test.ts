import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claim } from '@tessera/chain/actions/claim'
import { DEPLOYMENT, Sent } from '../testing/recorders.ts'
import { hash32, madeUpOpening, minerAddress, OWNER, RunStory, validatorAddress } from '../testing/runStory.ts'
import { Claimer } from './claimer.ts'

const OPERATOR = minerAddress(0)

/** A run whose first epoch is paid. */
function paid(): RunStory {
  const story = new RunStory({ params: { roundsPerEpoch: 1 } })
  story.toAttest(new Map([[0, madeUpOpening()]])).propose([0], hash32('next'))
  story.finalize().closeEpoch()
  const opening = { receiptsDigest: hash32(), receiptsSize: 1n, salt: hash32() }
  for (const slot of [0, 1, 2]) story.commitScores(slot, { ...opening, scores: Uint16Array.of(9, 0, 0, 0, 0, 0, 0, 0) })
  story.openScoreReveal()
  for (const slot of [0, 1, 2]) story.revealScores(slot)
  return story.settle()
}

function claimer(operator = OPERATOR) {
  const sent = new Sent()
  const service = new Claimer({ actor: sent.actor, deployment: DEPLOYMENT, operator, logger: sent.log.logger })
  return { sent, service }
}

test('claims what its operator has earned, once', async () => {
  const { sent, service } = claimer()
  const story = paid()
  const { earned } = story.state.credits.get(OPERATOR)!
  assert.ok(earned > 0n)
  await service.step(story.view)
  assert.deepEqual(sent.take(), [claim(DEPLOYMENT, { operator: OPERATOR })])
  assert.deepEqual(sent.log.with('claimed')[0]?.context, { wei: earned })

  story.apply({ name: 'Claimed', operator: OPERATOR, to: OPERATOR, amount: earned })
  await service.step(story.view)
  assert.deepEqual(sent.take(), [])
})

test('without credit there is nothing to claim', async () => {
  const { sent, service } = claimer()
  await service.step(new RunStory().view)
  await claimer(minerAddress(1)).service.step(paid().view)
  assert.deepEqual(sent.take(), [])
})

test('the credits of others are theirs', async () => {
  for (const operator of [validatorAddress(1), OWNER]) {
    const { sent, service } = claimer(operator)
    await service.step(paid().view)
    assert.deepEqual(sent.take(), [claim(DEPLOYMENT, { operator })])
  }
  const { sent, service } = claimer(minerAddress(1))
  await service.step(paid().view)
  assert.deepEqual(sent.take(), [])
})

test('a claim that was refused is not called claimed', async () => {
  const { sent, service } = claimer()
  sent.reply = () => 'RewardVaultNothingToClaim'
  await service.step(paid().view)
  assert.equal(sent.take().length, 1)
  assert.deepEqual(sent.log.at('info'), [])
})
