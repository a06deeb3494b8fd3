import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TesseraError } from '@tessera/protocol/errors'
import { type Finder, type Step, StepLog } from './stepLog.ts'

const PLANS = [
  { id: 'a', title: 'A', about: 'first' },
  { id: 'b', title: 'B', about: 'second' },
]
const never = new AbortController().signal

async function one(work: (find: Finder) => Promise<unknown>): Promise<Step> {
  const log = new StepLog(PLANS, () => undefined)
  await log.run('a', never, work)
  const [first] = log.steps
  assert.ok(first)
  return first
}

test('steps wait, run and end, and each change is told', async () => {
  const told: string[] = []
  const log = new StepLog(PLANS, (steps) => told.push(steps.map(({ state }) => state).join()))
  const value = await log.run('a', never, async (find) => {
    find.progress(1, 2, 'rounds')
    find.compare('share', 5n, 5n)
    find.says('fine')
    return 7
  })
  assert.equal(value, 7)
  log.skipWaiting('no more')
  assert.deepEqual(told, ['waiting,waiting', 'running,waiting', 'running,waiting', 'green,waiting', 'green,skipped'])
  const [a, b] = log.steps
  assert.deepEqual(a?.compared, [{ what: 'share', computed: '5', found: '5', equal: true }])
  assert.deepEqual([a?.says, a?.progress, b?.says], ['fine', null, 'no more'])
})

test('values that differ make a step red, with what to do, and it still has a value', async () => {
  const log = new StepLog(PLANS, () => undefined)
  const value = await log.run('a', never, async (find) => {
    find.compare('x', 1, 1)
    find.compare('y', 1n, 2n, 'Ask another')
    find.compare('z', null, '0x')
    return 'on'
  })
  assert.equal(value, 'on')
  const [a] = log.steps
  assert.deepEqual([a?.state, a?.says, a?.advice], ['red', '2 values differ', 'Ask another'])
  assert.deepEqual(a?.compared.at(-1), { what: 'z', computed: 'nothing', found: '0x', equal: false })
})

test('of very many comparisons all that differ are kept', async () => {
  const { compared, state } = await one(async (find) => {
    for (let at = 0; at < 5_000; at++) find.compare(String(at), at, at === 4_990 ? 0 : at)
  })
  assert.equal(compared.length, 2_001)
  assert.deepEqual([state, compared.at(-1)?.what], ['red', '4990'])
})

test('a failure is red with its code, its place, and the hashes that differ', async () => {
  const step = await one(async (find) => {
    find.at('round 3')
    const context = { expected: '0xaa', actual: '0xbb', source: 'http://g' }
    const cause = new TesseraError('storage/digest-mismatch', 'other bytes', { context })
    throw new TesseraError('storage/digest-mismatch', 'no source', { hint: 'ask others', cause })
  })
  assert.deepEqual([step.state, step.code], ['red', 'storage/digest-mismatch'])
  assert.deepEqual([step.says, step.advice], ['round 3: no source', 'ask others'])
  assert.deepEqual(step.compared, [
    { what: 'hash of what http://g sent', computed: '0xbb', found: '0xaa', equal: false },
  ])
})

test('what could not be had is skipped, unless something differed or a source lied', async () => {
  const away = new TesseraError('storage/unreachable', 'gone', { hint: 'wait' })
  const fail = (error: Error, differs = false) =>
    one(async (find) => {
      if (differs) find.compare('x', 1, 2)
      throw error
    })
  const skipped = await fail(away)
  assert.deepEqual([skipped.state, skipped.code], ['skipped', 'storage/unreachable'])
  assert.match(skipped.advice, /^wait\. Nothing was found to be wrong/)
  assert.equal((await fail(away, true)).state, 'red')
  const faults = { 'http://a': 'storage/timeout', 'http://b': 'storage/digest-mismatch' }
  assert.equal((await fail(new TesseraError('storage/unreachable', 'mixed', { context: { faults } }))).state, 'red')
  const defect = await fail(new TypeError('oops'))
  assert.deepEqual([defect.state, defect.code], ['red', ''])
  assert.match(defect.advice, /defect/)
})

test('a step may turn out to show nothing', async () => {
  const { state, says } = await one(async (find) => find.skip('nothing to look at'))
  assert.deepEqual([state, says], ['skipped', 'nothing to look at'])
})

test('a step that is called off says nothing', async () => {
  const stop = new AbortController()
  const log = new StepLog(PLANS, () => undefined)
  const run = log.run('a', stop.signal, async () => {
    stop.abort(new Error('enough'))
    throw new TesseraError('storage/aborted', 'ended')
  })
  await assert.rejects(run, /enough/)
  await assert.rejects(
    log.run('b', stop.signal, async () => assert.fail()),
    /enough/,
  )
  assert.deepEqual(
    log.steps.map(({ state }) => state),
    ['running', 'waiting'],
  )
})
