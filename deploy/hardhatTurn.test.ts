import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ManualClock } from '@tessera/agent/manualClock'
import { takeTurn } from './hardhatTurn.ts'

let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-turn-'))
})

after(() => rm(folder, { recursive: true, force: true }))

test('the second waits until the first is done', async () => {
  const clock = new ManualClock()
  const first = await takeTurn(join(folder, 'cache'), clock)
  let got = false
  const second = takeTurn(join(folder, 'cache'), clock).then((turn) => {
    got = true
    return turn
  })
  await clock.whenSleeping()
  await clock.advance(200)
  await clock.whenSleeping()
  assert.equal(got, false)
  first.release()
  await clock.advance(200)
  const turn = await second
  turn.release()
})

test('waiting ends with the signal', async () => {
  const clock = new ManualClock()
  const holder = await takeTurn(join(folder, 'cache'), clock)
  const controller = new AbortController()
  const waiting = takeTurn(join(folder, 'cache'), clock, controller.signal)
  await clock.whenSleeping()
  const reason = new Error('enough')
  controller.abort(reason)
  await assert.rejects(waiting, reason)
  holder.release()
})
