import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunStory } from '@tessera/node/testing/runStory'
import { hash32, madeUpOpening, minerAddress, OWNER, validatorAddress } from '@tessera/node/testing/storyParts'
import { partOf, potOf, shareOf } from '@tessera/protocol/claims'
import type { Hex } from '@tessera/protocol/hex'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import { delegatorEarning, operatorEarning, ownerEarning, paidInAll } from './earnings.ts'

const MINER = minerAddress(0)
const VALIDATOR = validatorAddress(0)
const DELEGATOR: Hex = `0x${'de'.repeat(20)}`

/** An epoch is settled, and of what the miner's pool earned a fifth is its delegator's. */
function settled(): { story: RunStory; pool: bigint } {
  const story = new RunStory({ params: { roundsPerEpoch: 1 } })
  story.toAttest(new Map([[0, madeUpOpening()]])).propose([0], hash32('next'))
  story.finalize().closeEpoch()
  const opening = { receiptsDigest: hash32(), receiptsSize: 1n, salt: hash32() }
  for (const slot of [0, 1, 2]) story.commitScores(slot, { ...opening, scores: Uint16Array.of(9, 0, 0, 0, 0, 0, 0, 0) })
  story.openScoreReveal()
  for (const slot of [0, 1, 2]) story.revealScores(slot)
  story.settle()
  const epoch = story.state.epochs.get(1n)!
  return { story, pool: partOf(potOf(story.state, epoch, 0n), shareOf(story.state, epoch, MINER, false)) }
}

test('nothing is earned before it is claimed', () => {
  const { state } = settled().story
  assert.equal(paidInAll(state), 0n)
  assert.deepEqual(operatorEarning(state, MINER, 'miner'), {
    account: MINER,
    role: 'miner',
    wei: 0n,
    forDelegators: 0n,
  })
  assert.equal(ownerEarning(state).wei, 0n)
})

test('what an operator claims is its own, and the rest of its pool is its delegators’', () => {
  const { story, pool } = settled()
  const [own, passed] = [pool - pool / 5n, pool / 5n]
  story.claim(MINER, 1n, 0n, MINER, own).claim(MINER, 1n, 0n, DELEGATOR, passed)
  story.claim(VALIDATOR, 1n).claim(OWNER, 1n, 0n, ZERO_ADDRESS)
  const { state } = story
  const miner = operatorEarning(state, MINER, 'miner')
  assert.deepEqual(miner, { account: MINER, role: 'miner', wei: own, forDelegators: passed })
  const delegator = delegatorEarning(state, DELEGATOR, [MINER, VALIDATOR])
  assert.deepEqual(delegator, { account: DELEGATOR, role: 'delegator', wei: passed, forDelegators: 0n })
  const validator = operatorEarning(state, VALIDATOR, 'validator')
  const owner = ownerEarning(state)
  assert.equal(validator.forDelegators, 0n)
  assert.equal(owner.account, OWNER)
  assert.ok(validator.wei > 0n && owner.wei > 0n)
  assert.equal(paidInAll(state), own + passed + validator.wei + owner.wei)
})
