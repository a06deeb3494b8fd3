import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Flight, withHash, withStatus } from './flight.ts'
import { FlightStore, hasStored, type Shelf } from './flightStore.ts'

const hash = `0x${'aa'.repeat(32)}` as const
const flight: Flight = {
  id: 'one',
  chainId: 31377,
  genesisHash: hash,
  from: `0x${'11'.repeat(20)}`,
  title: 'Delegate 5 TSRA.',
  call: 'deposit',
  to: `0x${'22'.repeat(20)}`,
  data: '0x00ff',
  askedAt: 1_000,
  hash: undefined,
  nonce: undefined,
  passed: 0,
  status: { kind: 'asking' },
}

function shelf(): Shelf & { readonly written: () => string } {
  let written: string | null = null
  return {
    getItem: () => written,
    setItem: (_key, value) => {
      written = value
    },
    written: () => written ?? '',
  }
}

test('a transaction with its hash is there again after the page was loaded anew', () => {
  const at = shelf()
  const store = new FlightStore(at)
  store.put(flight)
  store.put(withHash(flight, hash))
  assert.equal(hasStored(at), true)
  assert.deepEqual(new FlightStore(at).flights, [withHash(flight, hash)])
  const failed = withStatus(withHash(flight, hash), { kind: 'reverted', block: 3, blockHash: hash, reason: undefined })
  store.put(failed)
  assert.deepEqual(new FlightStore(at).flights, [failed])
  store.forget('one')
  assert.equal(hasStored(at), false)
})

test('one that the wallet was asked about is not known afterwards', () => {
  const at = shelf()
  new FlightStore(at).put(flight)
  assert.equal(new FlightStore(at).flights[0]?.status.kind, 'unknown')
})

test('the same transaction is found as long as it may come', () => {
  const store = new FlightStore(undefined)
  const again = { ...flight, id: 'two' }
  store.put(withHash(flight, hash))
  assert.equal(store.twinOf(again)?.id, 'one')
  assert.equal(store.twinOf({ ...again, data: '0x01' }), undefined)
  assert.equal(store.twinOf({ ...again, genesisHash: `0x${'cc'.repeat(32)}` }), undefined)
  store.put(withStatus(flight, { kind: 'rejected' }))
  assert.equal(store.twinOf(again), undefined)
})

test('only the newest are kept, and listeners are told', () => {
  const store = new FlightStore(undefined)
  let told = 0
  const leave = store.subscribe(() => told++)
  for (let at = 0; at < 25; at++) store.put(withStatus({ ...flight, id: `${at}` }, { kind: 'rejected' }))
  leave()
  store.forget('24')
  assert.deepEqual([store.flights.length, store.flights[0]?.id, told], [19, '23', 25])
})

test('what is no list of transactions is forgotten', () => {
  for (const written of ['{', '[{"id":1}]', `"${'x'.repeat(1_000_001)}"`, '[{"id":"a","status":{"kind":"asking"}}]'])
    assert.deepEqual(new FlightStore({ getItem: () => written, setItem: () => undefined }).flights, [])
  const refusing: Shelf = {
    getItem: () => {
      throw new Error('no storage')
    },
    setItem: () => {
      throw new Error('no storage')
    },
  }
  const store = new FlightStore(refusing)
  store.put(flight)
  assert.equal(store.flights.length, 1)
})
