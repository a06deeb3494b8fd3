import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@tessera/agent/manualClock'
import { FakeChain, noAnswer } from '@tessera/chain/fakeChain.fixture'
import { RpcProbe } from './rpcProbe.ts'

const signal = new AbortController().signal

test('tells the newest block, how long it took, and when it fails', async () => {
  const chain = new FakeChain()
  const clock = new ManualClock(5_000)
  const probe = new RpcProbe({ chain, clock })
  assert.deepEqual([probe.head, probe.rpc], [null, { ok: false, latencyMs: null, error: null, checkedAt: null }])

  await probe.probe(signal)
  const head = { number: 0, hash: chain.head.hash, timestamp: 1_000 }
  assert.deepEqual(probe.head, head)
  assert.deepEqual(probe.rpc, { ok: true, latencyMs: 0, error: null, checkedAt: 5 })

  chain.intercept = () => {
    throw noAnswer()
  }
  await clock.advance(2_000)
  await probe.probe(signal)
  assert.deepEqual(probe.rpc, { ok: false, latencyMs: 0, error: 'chain/unreachable', checkedAt: 7 })
  assert.deepEqual(probe.head, head)
})

test('stops when it is told to', async () => {
  const probe = new RpcProbe({ chain: new FakeChain(), clock: new ManualClock() })
  const reason = new Error('stop')
  await assert.rejects(probe.probe(AbortSignal.abort(reason)), reason)
})
