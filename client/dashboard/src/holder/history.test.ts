import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Earning } from './exports.ts'
import { filtered, loadEarnings, type Page, pointsOf } from './history.ts'

const native = `0x${'11'.repeat(20)}` as const
const usd = `0x${'22'.repeat(20)}` as const
const row = (run: number, epoch: number, amount: bigint, token: Earning['token']['address'] = native): Earning => ({
  run,
  epoch,
  settledAt: 1_000 + epoch * 60,
  source: 0,
  token: { address: token, symbol: null, decimals: 18 },
  operator: `0x${'bb'.repeat(20)}`,
  kind: 'holder',
  poolEarned: amount,
  commission: 0n,
  amount,
  claimedAt: null,
  claimTx: null,
})

test('pages are asked for one after the other, with a progress', async () => {
  const pages: Readonly<Record<string, Page>> = {
    first: { rows: [row(1, 3, 3n), row(1, 2, 2n)], next: 'b', total: 3 },
    b: { rows: [row(1, 1, 1n)], next: null, total: 3 },
  }
  const asked: (string | undefined)[] = []
  const ask = async (cursor: string | undefined): Promise<Page> => {
    asked.push(cursor)
    return pages[cursor ?? 'first']!
  }
  const told: number[] = []
  const rows = await loadEarnings(ask, { most: 100, onProgress: ({ loaded }) => told.push(loaded) })
  assert.deepEqual([rows.length, asked, told], [3, [undefined, 'b'], [2, 3]])
  assert.equal((await loadEarnings(ask, { most: 1 })).length, 1)
})

test('a server that never ends is left when it has nothing more to say', async () => {
  assert.deepEqual(await loadEarnings(async () => ({ rows: [], next: 'again', total: 9 }), { most: 100 }), [])
})

test('a chart adds the sources of an epoch, and each to those before it', () => {
  const points = pointsOf([row(1, 2, 5n), row(1, 1, 2n), row(1, 1, 1n), row(2, 1, 4n), row(1, 3, 9n, usd)], native)
  assert.deepEqual(
    points.map(({ run, epoch, amount, sum }) => [run, epoch, amount, sum]),
    [
      [1, 1, 3n, 3n],
      [2, 1, 4n, 7n],
      [1, 2, 5n, 12n],
    ],
  )
})

test('rows are chosen by run and token', () => {
  const rows = [row(1, 1, 1n), row(2, 1, 1n), row(2, 2, 1n, usd)]
  assert.equal(filtered(rows, { run: undefined, token: undefined }), rows)
  assert.equal(filtered(rows, { run: 2, token: undefined }).length, 2)
  assert.equal(filtered(rows, { run: 2, token: native }).length, 1)
})
