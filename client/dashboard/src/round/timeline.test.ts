import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '@tessera/indexer/api/routes'
import { timelineOf, trackOf } from './timeline.ts'

type Round = Answer<'round'>

const operator = `0x${'11'.repeat(20)}` as const
const hash = `0x${'22'.repeat(32)}` as const
const contribution = (
  slot: number,
  committedAt: number | null,
  revealedAt: number | null,
): Round['contributions'][0] => ({
  round: 3,
  slot,
  operator,
  status: 'pending',
  reason: null,
  size: null,
  digest: null,
  contributionRoot: null,
  committedAt,
  revealedAt,
  commitTx: null,
  revealTx: null,
  gas: 0,
  samples: null,
  steps: null,
  ownDrop: null,
  drawnDrop: null,
})
const vote = (slot: number, said: Round['votes'][0]['vote'], at: number | null): Round['votes'][0] => ({
  slot,
  operator,
  weight: 1n,
  vote: said,
  at,
  tx: null,
})
const round: Round = {
  round: 3,
  epoch: 1,
  end: 'final',
  void: null,
  openedAt: 1_000,
  closedAt: 1_125,
  parentRoot: hash,
  root: hash,
  trainSeed: hash,
  testSeed: null,
  loss: null,
  bytes: 0,
  gas: 0,
  leaders: [
    { attempt: 0, slot: 1, operator, at: 1_100, proposed: false, included: [] },
    { attempt: 1, slot: 0, operator, at: 1_110, proposed: true, included: [0, 2] },
  ],
  votes: [vote(0, 'attested', 1_115), vote(1, 'refused', 1_116), vote(2, 'attested', 1_117), vote(3, 'absent', null)],
  contributions: [contribution(0, 1_062, 1_085), contribution(1, 1_070, null), contribution(2, null, null)],
  sample: null,
}

test('a round is told from its opening to its end', () => {
  assert.deepEqual(
    timelineOf(round).map(({ name, words }) => `${name}: ${words}`),
    [
      'Opened: Miners began to train.',
      'Commitments: 2 of 3 miners committed.',
      'Reveals: 1 of 2 revealed what they had committed to.',
      'No proposal: Validator 1 led and proposed nothing in time.',
      'Proposal: Validator 0 led at attempt 2 and proposed to include 2.',
      'Votes: 2 attested, 1 refused, 1 did not vote.',
      'Final: The model moved on.',
    ],
  )
})

test('a void round tells why, a round under way that it is not over', () => {
  const last = (of: Round): string | undefined => timelineOf(of).at(-1)?.words
  assert.match(last({ ...round, end: 'void', void: 'NoQuorum' }) ?? '', /two thirds of the stake/)
  assert.equal(last({ ...round, end: 'void' }), 'The old model stays.')
  assert.equal(last({ ...round, end: 'pending', closedAt: null }), 'The round is not over.')
  assert.match(timelineOf({ ...round, votes: [] }).at(-2)?.words ?? '', /No validator/)
})

test('the track leaves out the training before the first event', () => {
  const { from, to } = trackOf(timelineOf(round))
  assert.ok(from > 1_055 && from < 1_062)
  assert.ok(to > 1_125 && to < 1_130)
  assert.deepEqual(trackOf([]), { from: 0, to: 1 })
})
