import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Report, summaryLines } from './report.ts'

const TOKEN = 10n ** 18n
const ALICE = `0x${'aa'.repeat(20)}` as const
const BOB = `0x${'bb'.repeat(20)}` as const
const CAROL = `0x${'cc'.repeat(20)}` as const
const REPORT: Report = {
  rounds: [],
  replicas: [],
  paid: `${(375n * TOKEN) / 100n}`,
  emitted: `${1_000n * TOKEN}`,
  owed: `${TOKEN}`,
  held: `${TOKEN}`,
  earned: [
    { account: ALICE, role: 'miner', wei: `${(3n * TOKEN) / 2n - 1n}`, forDelegators: '0' },
    { account: CAROL, role: 'delegator', wei: `${TOKEN / 4n}`, forDelegators: '0' },
    { account: BOB, role: 'validator', wei: `${2n * TOKEN}`, forDelegators: `${TOKEN / 4n}` },
  ],
  blobBytesPerParameterBits: 0.15,
}

test('everyone is named with what it was paid and what its delegators were, the most first', () => {
  assert.deepEqual(summaryLines(REPORT), [
    `earned         2.00 TSRA  validator  ${BOB}, and 0.25 for its delegators`,
    `earned         1.50 TSRA  miner      ${ALICE}`,
    `earned         0.25 TSRA  delegator  ${CAROL}`,
    'emitted     1000.00 TSRA, voted to the run by those who stake',
    'paid           3.75 TSRA in all; the reward escrow owes 1.00 and holds 1.00: covered',
  ])
})

test('books that are not covered are said to be so', () => {
  assert.match(summaryLines({ ...REPORT, held: `${TOKEN - 1n}` }).at(-1) ?? '', /: NOT COVERED$/)
})
