import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Earning, earningsCsv, earningsJson } from './exports.ts'

const operator = `0x${'bb'.repeat(20)}` as const
const row: Earning = {
  run: 1,
  epoch: 3,
  settledAt: 1_764_000_000,
  source: 0,
  token: { address: `0x${'11'.repeat(20)}`, symbol: 'TSRA', decimals: 18 },
  operator,
  kind: 'holder',
  poolEarned: 10n ** 19n,
  commission: 10n ** 18n,
  amount: 123_456_789_012_345_678_901n,
  claimedAt: null,
  claimTx: null,
}

test('amounts are exact in decimals and in units, times are ISO', () => {
  const [head, line, end] = earningsCsv([row]).split('\r\n')
  assert.match(head ?? '', /^settled_at,run,epoch,source,operator,kind,token,symbol,decimals,amount,amount_units,/)
  assert.equal(
    line,
    `2025-11-24T16:00:00Z,1,3,0,${operator},holder,${row.token.address},TSRA,18,123.456789012345678901,123456789012345678901,10000000000000000000,1000000000000000000,,`,
  )
  assert.equal(end, '')
})

test('a symbol that a spreadsheet would execute is text', () => {
  for (const symbol of ['=HYPERLINK("x")', '+1', '-1', '@SUM(1)', '\t=1', ' =1', '%', '|x']) {
    const line = earningsCsv([{ ...row, token: { ...row.token, symbol } }]).split('\r\n', 2)[1] ?? ''
    assert.match(line, /,"?'[\s]*[=+\-@%|]/)
  }
  const quoted = earningsCsv([{ ...row, token: { ...row.token, symbol: 'a,"b"\n' } }])
  assert.match(quoted, /,"a,""b""\n",18,/)
})

test('a token without decimals has units only', () => {
  const line = earningsCsv([{ ...row, token: { ...row.token, symbol: null, decimals: null } }]).split('\r\n')[1] ?? ''
  assert.match(line, /,,,,123456789012345678901,/)
})

test('JSON says whose history of which network it is, and loses no digit', () => {
  const claimed = { ...row, claimedAt: 1_764_000_060, claimTx: `0x${'cc'.repeat(32)}` as const }
  const about = { holder: operator, network: 'devnet', chainId: 31377, madeAt: 1_764_000_120 }
  const read = JSON.parse(earningsJson([claimed], about))
  assert.equal(read.madeAt, '2025-11-24T16:02:00Z')
  assert.equal(read.holder, operator)
  assert.equal(read.earnings[0].amount_units, '123456789012345678901')
  assert.equal(read.earnings[0].claimed_at, '2025-11-24T16:01:00Z')
  assert.equal(JSON.parse(earningsJson([], about)).earnings.length, 0)
})
