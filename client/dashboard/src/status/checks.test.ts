import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '@tessera/indexer/api/routes'
import { type Check, checksOf, worstOf } from './checks.ts'

type Status = Answer<'status'>

const hash = `0x${'11'.repeat(32)}` as const
const block = (number: number, timestamp: number) => ({ number, hash, timestamp })
const gateway = (ok: boolean) => ({ url: 'http://g', operator: null, ok, latencyMs: 1, error: null, checkedAt: 1 })
const healthy: Status = {
  version: '1',
  chainId: 1,
  genesisHash: hash,
  now: 10_000,
  startedAt: 1,
  head: block(500, 9_995),
  indexed: block(500, 9_995),
  database: { kind: 'sqlite', events: 1, bytes: 1 },
  rpc: { ok: true, latencyMs: 12, error: null, checkedAt: 9_999 },
  reorgs: [],
  observer: { on: true, error: null, runs: [{ run: 1, round: 5, behind: 0 }] },
  gateways: [gateway(true)],
}

function named(status: Partial<Status>, name: string): Check {
  const found = checksOf({ ...healthy, ...status }, true).find((check) => check.name === name)
  assert.ok(found)
  return found
}

test('what is well is green, and asks for nothing', () => {
  const checks = checksOf(healthy, true)
  assert.equal(worstOf(checks), 'good')
  assert.ok(checks.every(({ advice }) => advice === undefined))
})

test('an indexer that is behind is red, one that has just begun or has a quiet chain is not', () => {
  const behind = named({ indexed: block(88, 9_000) }, 'Indexer')
  assert.equal(behind.state, 'bad')
  assert.equal(behind.words, 'It is 412 blocks (16 min 40 s) behind block 500.')
  assert.ok(behind.advice)
  assert.equal(named({ indexed: block(498, 9_990) }, 'Indexer').state, 'good')
  assert.equal(named({ head: null, indexed: null }, 'Indexer').state, 'warn')
  assert.equal(named({ head: block(500, 9_000), indexed: block(500, 9_000) }, 'Indexer').state, 'warn')
})

test('an RPC that fails is red, a slow one is not green', () => {
  const failed = named({ rpc: { ok: false, latencyMs: null, error: 'timed out', checkedAt: null } }, 'RPC of the chain')
  assert.deepEqual([failed.state, failed.words], ['bad', 'timed out'])
  assert.equal(
    named({ rpc: { ok: false, latencyMs: null, error: null, checkedAt: null } }, 'RPC of the chain').words,
    'It does not answer.',
  )
  assert.equal(
    named({ rpc: { ok: true, latencyMs: 5_000, error: null, checkedAt: 1 } }, 'RPC of the chain').state,
    'warn',
  )
  assert.equal(
    named({ rpc: { ok: true, latencyMs: null, error: null, checkedAt: 1 } }, 'RPC of the chain').state,
    'good',
  )
})

test('a reorganisation is news for a while', () => {
  assert.equal(named({ reorgs: [{ at: 9_900, from: 3, to: null }] }, 'Reorganisations').state, 'warn')
  assert.equal(named({ reorgs: [{ at: 1_000, from: 3, to: 4 }] }, 'Reorganisations').state, 'good')
})

test('an observer is off, broken, behind or done', () => {
  const observer = (of: Partial<Status['observer']>) => named({ observer: { ...healthy.observer, ...of } }, 'Observer')
  assert.equal(observer({ on: false }).state, 'warn')
  assert.equal(observer({ error: 'no graph' }).state, 'bad')
  assert.equal(observer({ runs: [{ run: 1, round: 1, behind: 20 }] }).state, 'warn')
  assert.equal(observer({ runs: [{ run: 1, round: 1, behind: 1 }] }).state, 'good')
  assert.equal(observer({ runs: [] }).state, 'good')
})

test('gateways are red only when none answers', () => {
  assert.equal(named({ gateways: [] }, 'Gateways').state, 'warn')
  assert.equal(named({ gateways: [gateway(false)] }, 'Gateways').state, 'bad')
  assert.equal(named({ gateways: [gateway(false), gateway(true)] }, 'Gateways').state, 'warn')
})

test('a page that lost its stream says so', () => {
  assert.equal(worstOf(checksOf(healthy, false)), 'bad')
})
