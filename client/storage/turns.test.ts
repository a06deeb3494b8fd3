import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, test } from 'node:test'
import { HandTimer } from './handTimer.ts'
import { Turns } from './turns.ts'

const LIMITS = { maxServing: 2, maxServingPerAddress: 2, maxWaitingPerAddress: 3, maxWaiting: 5, maxWaitMs: 4_000 }

function scene(more: Partial<typeof LIMITS> = {}) {
  const timer = new HandTimer()
  const turns = new Turns({ ...LIMITS, ...more }, timer)
  const served: string[] = []
  const ends: (() => void)[] = []
  const ask = async (address: string, leaver = new EventEmitter()): Promise<boolean> => {
    const end = await turns.take(address, leaver)
    if (end === undefined) return false
    served.push(address)
    ends.push(end)
    return true
  }
  const endAll = async () => {
    const settled = () => new Promise((resolve) => setImmediate(resolve))
    for (await settled(); ends.length > 0; await settled()) ends.shift()?.()
  }
  return { timer, turns, served, ask, endAll }
}

describe('Turns', () => {
  test('no address keeps the others out by asking for more', async () => {
    const { served, ask, endAll, timer } = scene()
    const all = ['a', 'a', 'a', 'a', 'a', 'b', 'c'].map((address) => ask(address))
    await endAll()
    assert.deepEqual(await Promise.all(all), Array(7).fill(true))
    assert.deepEqual(served, ['a', 'a', 'a', 'b', 'c', 'a', 'a'])
    assert.equal(timer.pending, 0)
  })

  test('an address has no more than its part, even if nobody else wants it', async () => {
    const { served, ask, endAll } = scene({ maxServingPerAddress: 1 })
    const all = [ask('a'), ask('a'), ask('b')]
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(served, ['a', 'b'])
    await endAll()
    await Promise.all(all)
    assert.deepEqual(served, ['a', 'b', 'a'])
  })

  test('who would wait in too long a queue is sent away at once', async () => {
    const { ask, endAll } = scene()
    const first = Array.from({ length: 5 }, () => ask('a'))
    assert.equal(await ask('a'), false)
    const others = ['b', 'c'].map((address) => ask(address))
    assert.equal(await ask('d'), false)
    await endAll()
    assert.ok((await Promise.all([...first, ...others])).every((served) => served))
  })

  test('who has waited too long is sent away, and one who left takes no turn', async () => {
    const { ask, endAll, timer, served } = scene()
    const kept = [ask('a'), ask('a')]
    const late = ask('b')
    timer.end(4_000)
    assert.equal(await late, false)
    const gone = new EventEmitter()
    const leaving = ask('c', gone)
    gone.emit('close')
    assert.equal(await leaving, false)
    assert.equal(gone.listenerCount('close'), 0)
    await endAll()
    await Promise.all(kept)
    assert.deepEqual(served, ['a', 'a'])
    assert.equal(timer.pending, 0)
  })
})
