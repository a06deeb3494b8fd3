import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TesseraError } from '@tessera/protocol/errors'
import { Log } from './testing/recorders.ts'
import { Troubles } from './troubles.ts'

const full = new TesseraError('storage/disk-full', 'full', { retryable: true })
const away = new TesseraError('chain/unreachable', 'away', { retryable: true })

test('a trouble is said once, also when it shows at every other look only', () => {
  const log = new Log()
  const troubles = new Troubles(log.logger)
  for (let look = 0; look < 100; look++) {
    troubles.failed('collector', full, 'will try again')
    troubles.passed('collector')
    troubles.passed('other')
  }
  assert.deepEqual(
    log.entries.map(({ level, message }) => [level, message]),
    [['failure', 'will try again']],
  )
})

test('so is its end, and what comes after that is another trouble', () => {
  const log = new Log()
  const troubles = new Troubles(log.logger)
  for (const _ of [1, 2, 3]) troubles.failed('collector', full, 'again')
  for (let look = 0; look < 20; look++) troubles.passed('collector')
  assert.deepEqual(log.with('collector works again')[0]?.context, { trouble: 'storage/disk-full', times: 3 })
  troubles.failed('collector', full, 'again')
  for (let look = 0; look < 20; look++) troubles.passed('collector')
  assert.equal(log.at('failure').length, 2)
  assert.equal(log.at('info').length, 1, 'a single failure needs no all-clear')
})

test('another error, or the same of other work, is said too', () => {
  const log = new Log()
  const troubles = new Troubles(log.logger)
  troubles.failed('collector', full, 'a')
  troubles.failed('collector', away, 'b')
  troubles.failed('scorer', away, 'c')
  troubles.failed('scorer', new Error('a defect'), 'd')
  assert.deepEqual(log.at('failure'), ['a', 'b', 'c', 'd'])
})

test('what lasts is said again after ten minutes of looks', () => {
  const log = new Log()
  const troubles = new Troubles(log.logger)
  for (let look = 0; look < 1_201; look++) troubles.failed('collector', full, 'again')
  assert.deepEqual(
    log.entries.map(({ context }) => context.times),
    [1, 601, 1_201],
  )
})
