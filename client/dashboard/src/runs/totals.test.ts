import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '@tessera/indexer/api/routes'
import { inOrder, totalsOf } from './totals.ts'

type Summary = Answer<'runs'>[number]

function summary(run: number, phase: Summary['phase'], tokens: number | null): Summary {
  return {
    run,
    owner: `0x${'11'.repeat(20)}`,
    name: null,
    parameters: null,
    phase,
    createdAt: 1,
    round: 4,
    epoch: 1,
    finalRounds: 3,
    voidRounds: 1,
    settledEpochs: 0,
    stateRoot: `0x${'22'.repeat(32)}`,
    stateRound: 4,
    tokens,
    lastLoss: null,
    miners: { active: 2, most: 4 },
    validators: { active: 1, most: 3 },
    emission: { shareBps: null, paid: 0n },
    granted: 0n,
    pots: [],
    earned: 5n,
    sponsorships: [],
  }
}

test('totals add up, and what nobody knows is not zero', () => {
  const runs = [summary(1, 'Train', 100), summary(2, 'Ended', null), summary(3, 'Idle', null)]
  assert.deepEqual(totalsOf(runs), { live: 1, rounds: 12, tokens: 100, miners: 6, validators: 3, earned: 15n })
  assert.equal(totalsOf([summary(1, 'Idle', null)]).tokens, null)
})

test('what is under way comes first, then what waits, then what has ended', () => {
  const runs = [summary(1, 'Ended', 0), summary(2, 'Idle', 0), summary(3, 'Attest', 0), summary(4, 'Train', 0)]
  assert.deepEqual(
    inOrder(runs).map(({ run }) => run),
    [4, 3, 2, 1],
  )
})
