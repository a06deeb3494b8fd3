import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Flight, isUnderWay, LATE_MS, mayStillCome, reloaded, type Sighting, sighted, withHash } from './flight.ts'
import { flightText } from './flightTexts.ts'

const hash = `0x${'aa'.repeat(32)}` as const
const blockHash = `0x${'bb'.repeat(32)}` as const
const asked: Flight = {
  id: 'one',
  chainId: 31377,
  genesisHash: hash,
  from: `0x${'11'.repeat(20)}`,
  title: 'Delegate 5 TSRA.',
  call: 'deposit',
  to: `0x${'22'.repeat(20)}`,
  data: '0x00',
  askedAt: 1_000,
  hash: undefined,
  nonce: undefined,
  passed: 0,
  status: { kind: 'asking' },
}
const sent = withHash(asked, hash)
const nothing: Sighting = { now: 2_000, head: 10, receipt: undefined, nonce: 7, free: 7 }
const receipt = { block: 10, blockHash, success: true }
const kinds = (flight: Flight, ...looks: readonly Partial<Sighting>[]): readonly string[] => {
  let at = flight
  return looks.map((look) => {
    at = sighted(at, { ...nothing, ...look })
    return at.status.kind
  })
}

test('a transaction is pending until it is in a block, and looked at until that block stays', () => {
  assert.equal(isUnderWay(asked), true)
  assert.deepEqual(kinds(sent, {}, { receipt }, { receipt, head: 30 }), ['pending', 'included', 'included'])
  assert.equal(isUnderWay(sighted(sent, { ...nothing, receipt, head: 21 })), true)
  assert.equal(isUnderWay(sighted(sent, { ...nothing, receipt, head: 22 })), false)
})

test('what fails in a block is looked at until its reason is known', () => {
  const failed = sighted(sent, { ...nothing, receipt: { ...receipt, success: false } })
  assert.equal(failed.status.kind, 'reverted')
  assert.equal(isUnderWay(failed), true)
  assert.equal(mayStillCome(failed), false)
})

test('after a while somebody should look, and it can still come', () => {
  assert.deepEqual(kinds(sent, { now: asked.askedAt + LATE_MS + 1 }, { receipt }), ['late', 'included'])
  assert.equal(mayStillCome(sighted(sent, { ...nothing, now: 10 ** 9 })), true)
})

test('a block that the chain loses takes the transaction with it until it is in another', () => {
  assert.deepEqual(kinds(sent, { receipt }, {}, {}, { receipt: { ...receipt, block: 11 } }), [
    'included',
    'lost',
    'lost',
    'included',
  ])
})

test('a nonce that is used twice over without a receipt was another transaction’s', () => {
  assert.deepEqual(kinds(sent, {}, { free: 8 }, { free: 8 }), ['pending', 'pending', 'replaced'])
  assert.deepEqual(kinds(sent, { free: 8 }, { receipt, free: 8 }), ['pending', 'included'])
  // A server that never knew the transaction does not tell its nonce: nothing follows.
  assert.deepEqual(kinds(sent, { nonce: undefined, free: 9 }, { nonce: undefined, free: 9 }), ['pending', 'pending'])
  assert.equal(isUnderWay(sighted(sighted(sent, { ...nothing, free: 8 }), { ...nothing, free: 8 })), false)
})

test('a page that was left while the wallet asked says that it does not know', () => {
  assert.equal(reloaded(asked).status.kind, 'unknown')
  assert.equal(isUnderWay(reloaded(asked)), false)
  assert.deepEqual(reloaded(sent), sent)
})

test('every state has words that say what happened and what to do', () => {
  const states = [
    asked,
    reloaded(asked),
    { ...asked, status: { kind: 'rejected' } },
    { ...asked, status: { kind: 'failed', message: 'the wallet is locked' } },
    sent,
    sighted(sent, { ...nothing, now: 10 ** 9 }),
    sighted(sent, { ...nothing, receipt }),
    sighted(sighted(sent, { ...nothing, receipt }), nothing),
    sighted(sent, { ...nothing, receipt: { ...receipt, success: false } }),
    { ...sent, status: { kind: 'replaced' } },
  ] as const
  const words = states.map((flight) => flightText(flight))
  assert.equal(new Set(words.map(({ word }) => word)).size, states.length)
  for (const { text } of words) assert.match(text, /^[A-Z].*\.$/)
  assert.match(flightText(sighted(sent, { ...nothing, receipt })).text, /block 10/)
})
