import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TransferLog } from './transferLog.ts'

function scene() {
  let now = 0
  const said: unknown[] = []
  const log = new TransferLog({ info: (message, fields) => said.push({ message, ...fields }) }, { now: () => now })
  const at = (ms: number, received: number, slot = 1) => {
    now = ms
    log.progress({ round: 7n, slot }, { received, total: 1e9, sources: 3 })
  }
  return { at, said }
}

test('a transfer is told of every ten seconds, with its rate since the last time', () => {
  const { at, said } = scene()
  at(0, 1e6)
  at(9_999, 90e6)
  assert.deepEqual(said, [])
  at(10_000, 101e6)
  at(19_000, 400e6)
  at(20_000, 601e6)
  const about = { message: 'fetching', round: 7n, slot: 1, total: 1e9, sources: 3 }
  assert.deepEqual(said, [
    { ...about, received: 101e6, megabytesPerSecond: 10 },
    { ...about, received: 601e6, megabytesPerSecond: 50 },
  ])
})

test('one that is done, or begins anew, is not counted on', () => {
  const { at, said } = scene()
  at(0, 500e6)
  at(5_000, 1e9)
  at(60_000, 10e6)
  at(65_000, 5e6)
  at(74_000, 20e6)
  assert.deepEqual(said, [])
})

test('transfers are told apart', () => {
  const { at, said } = scene()
  at(0, 1e6, 1)
  at(5_000, 1e6, 2)
  at(10_000, 2e6, 2)
  at(10_001, 2e6, 1)
  assert.equal(said.length, 1)
})
