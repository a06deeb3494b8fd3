import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Report, summaryLines } from './report.ts'

const ALICE = `0x${'aa'.repeat(20)}` as const
const BOB = `0x${'bb'.repeat(20)}` as const
const REPORT: Report = {
  rounds: [],
  replicas: [],
  paid: `${35n * 10n ** 17n}`,
  owed: `${10n ** 18n}`,
  held: `${10n ** 18n}`,
  claims: [
    { operator: ALICE, role: 'miner', wei: `${10n ** 18n}` },
    { operator: BOB, role: 'validator', wei: `${2n * 10n ** 18n}` },
    { operator: ALICE, role: 'miner', wei: `${5n * 10n ** 17n - 1n}` },
  ],
  blobBytesPerParameterBits: 0.15,
}

test('everyone is named once with all that it was paid, the most first', () => {
  assert.deepEqual(summaryLines(REPORT), [
    `earned         2.00 TSRA  validator  ${BOB}`,
    `earned         1.49 TSRA  miner      ${ALICE}`,
    'paid           3.50 TSRA in all; the reward vault owes 1.00 and holds 1.00: covered',
  ])
})

test('books that are not covered are said to be so', () => {
  assert.match(summaryLines({ ...REPORT, held: `${10n ** 18n - 1n}` }).at(-1) ?? '', /holds 0\.99: NOT COVERED$/)
})
