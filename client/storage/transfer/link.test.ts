import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TesseraError } from '@tessera/protocol/errors'
import { FETCH_LIMITS } from './limits.ts'
import { Link } from './link.ts'
import { Standing } from './standing.ts'

/** How many may be asked for at a time. */
function windowOf(link: Link): number {
  let count = 0
  for (; link.hasRoom; count++) link.begin()
  for (let n = 0; n < count; n++) link.end()
  return count
}

describe('a link', () => {
  test('grows by each block that comes quickly, up to its limit, and shrinks by each that is late, down to one', () => {
    const link = new Link('https://source.example', FETCH_LIMITS)
    const seen = [windowOf(link)]
    for (const ms of [999, 1_000, 4_000, 999, ...Array(9).fill(10), 4_001, ...Array(9).fill(60_000)]) {
      link.took(ms)
      seen.push(windowOf(link))
    }
    assert.deepEqual(seen.slice(0, 6), [2, 3, 3, 3, 4, 5])
    assert.equal(Math.max(...seen), FETCH_LIMITS.maxWindow)
    assert.equal(seen.at(-1), 1)
  })

  test('is asked for half of it after it was busy, once for all that were sent away together', () => {
    const link = new Link('https://source.example', FETCH_LIMITS)
    for (let n = 0; n < 6; n++) link.took(1)
    const standing = new Standing({ base: link.base, role: 'author' }, link, FETCH_LIMITS, 'all', Infinity)
    const busy = new TesseraError('storage/busy', 'busy', { retryable: true, context: { retryAfterMs: 2_000 } })
    const wave = (now: number, count: number): void => {
      const numbers = Array.from({ length: count }, () => standing.begin())
      for (const number of numbers) standing.bad(busy, { number, digest: '0x00', now })
    }
    wave(1_000, 8)
    assert.deepEqual([windowOf(link), standing.freeAt, standing.faults], [4, 3_000, 0])
    for (let n = 1; n < FETCH_LIMITS.busiesToGiveUp; n++) {
      assert.equal(standing.isSpent, false)
      wave(3_000 * n, 4)
    }
    assert.deepEqual([standing.isSpent, standing.isOut], [true, false])
  })
})
