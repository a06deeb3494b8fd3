// Author and relay over a real gateway: what is taken, what is refused and with which word, and what the author makes of it.

import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { describe, type TestContext, test } from 'node:test'
import { accountOf } from '@tessera/chain/account'
import { signTicket } from '@tessera/chain/relayTicket'
import { isTesseraError } from '@tessera/protocol/errors'
import { type Hex, lowerHex } from '@tessera/protocol/hex'
import type { BlobRef } from '@tessera/storage/blobRef'
import { startGateway } from '@tessera/storage/gatewayServer'
import { HandTimer } from '@tessera/storage/handTimer'
import { vectorBytes } from '@tessera/storage/vectorBytes'
import { memoryStore } from '../testing/parts.ts'
import { DEPLOYMENT } from '../testing/recorders.ts'
import { RunStory } from '../testing/runStory.ts'
import { minerAddress, RUN, validatorAddress } from '../testing/storyParts.ts'
import { RelayRoute, type RelayRouteOptions, TICKET_HEADER } from './relayRoute.ts'
import { RelayTarget, type RelayTargetOptions } from './relayTarget.ts'

const AUTHOR = minerAddress(0)
const RELAY = validatorAddress(0)
const HOT = accountOf(`0x${'22'.repeat(32)}`)
const LIMIT = 3_000_000
const { signal } = new AbortController()

/** In the reveal phase of round 1, the author's hot key named. */
function revealing(): RunStory {
  const story = new RunStory({ miners: 2 })
  story.apply({ name: 'DelegateSet', operator: AUTHOR, delegate: lowerHex(HOT.address) })
  return story.openRound().commit(0).commit(1).openReveal()
}

async function open(t: TestContext, story: RunStory, more: Partial<RelayRouteOptions & RelayTargetOptions> = {}) {
  const timer = new HandTimer()
  const store = await memoryStore(t, { quotaBytes: 10_000_000 })
  const taken: string[] = []
  const failures: unknown[] = []
  const route = new RelayRoute({
    store,
    deployment: DEPLOYMENT,
    run: RUN,
    self: RELAY,
    accepts: 'members',
    view: () => story.view,
    maxBytes: () => LIMIT,
    keepRounds: 8,
    timer,
    onEvent: ({ ticket }) => taken.push(ticket.digest),
    ...more,
  })
  const gateway = await startGateway({
    blocks: store.blocks,
    host: '127.0.0.1',
    port: 0,
    uploads: { '/relay': route.handler },
    onError: (error) => failures.push(error),
  })
  t.after(() => gateway.close())
  story.setEndpoint(RELAY, gateway.url)
  const own = await memoryStore(t)
  const target = new RelayTarget({
    deployment: DEPLOYMENT,
    run: RUN,
    operator: AUTHOR,
    relay: RELAY,
    account: HOT,
    view: () => story.view,
    blocks: own.blocks,
    allowPrivate: true,
    timer,
    ...more,
  })
  const put = (bytes: Uint8Array, round = 1) => own.put(bytes, { round, maxBytes: 2 ** 24 })
  const publish = (ref: BlobRef, round = 1) => target.publish({ ref, round, keep: false, note: '' }, signal)
  return { store, own, gateway, target, put, publish, taken, failures, timer, story }
}

const local = { sources: [], deadlineMs: 1000, maxBytes: 2 ** 24, round: 1 }

/** A request as an attacker writes one; resolves with the status, or with the error's code when the connection is cut. */
function raw(url: string, headers: Record<string, string>, body: readonly Uint8Array[]): Promise<number | string> {
  return new Promise((resolve) => {
    const request = httpRequest(`${url}/relay`, { method: 'PUT', headers, agent: false })
    request.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    for (const piece of body) request.write(piece)
    request.end()
  })
}

describe('a blob by a relay', () => {
  for (const size of [1, 2_500_000])
    test(`of ${size} bytes arrives, is kept and served`, async (t) => {
      const { store, put, publish, taken, gateway } = await open(t, revealing())
      const bytes = vectorBytes(size, 'relayed')
      const ref = await put(bytes)
      assert.deepEqual(await publish(ref), { done: true, note: '' })
      assert.deepEqual(taken, [ref.digest])
      assert.equal(Buffer.compare(await store.read(ref, local), bytes), 0)
      const reader = await memoryStore(t)
      const sources = [{ url: gateway.url, role: 'author' }] as const
      assert.equal(Buffer.compare(await reader.read(ref, { ...local, deadlineMs: 30_000, sources }), bytes), 0)
      // It goes with its round, like any other.
      await store.collect({ keepFromRound: 2, maxBytes: 2 ** 30 })
      assert.equal(await store.has(ref), 'none')
    })

  test('the operator’s own key will do, and a ticket that is shown again costs nothing', async (t) => {
    const cold = accountOf(`0x${'33'.repeat(32)}`)
    const operator = lowerHex(cold.address)
    const story = new RunStory({ miners: 0 }).join('miner', operator).openRound().commit(0).openReveal()
    const { put, publish, taken } = await open(t, story, { operator, account: cold })
    const ref = await put(vectorBytes(1000, 'cold'))
    for (let n = 0; n < 10; n++) await publish(ref)
    assert.equal(taken.length, 1)
  })

  test('the author waits with the rest of the body until the relay has asked for it', async (t) => {
    const { put, publish, own } = await open(t, revealing(), { accepts: new Set() })
    const ref = await put(vectorBytes(2_000_000, 'not wanted'))
    const get = own.blocks.get.bind(own.blocks)
    let read = 0
    own.blocks.get = (digest) => {
      read++
      return get(digest)
    }
    await assert.rejects(publish(ref), { code: 'relay/refused' })
    assert.equal(read, 0)
  })
})

describe('what a relay refuses, before it reads a byte', () => {
  const other = accountOf(`0x${'44'.repeat(32)}`)
  const cases: Readonly<Record<string, readonly [number, Partial<RelayRouteOptions & RelayTargetOptions>]>> = {
    'another relay’s tickets (relay/bad-ticket)': [400, { self: validatorAddress(1) }],
    'a key that is not the operator’s (relay/not-signed)': [401, { account: other }],
    'operators that it was not told of (relay/not-allowed)': [403, { accepts: new Set([minerAddress(1)]) }],
    'who has no slot in the run': [403, { operator: lowerHex(other.address), account: other }],
    'what is longer than any contribution (relay/too-large)': [413, { maxBytes: () => 999 }],
    'everything while it is starting (relay/not-ready)': [503, { maxBytes: () => undefined }],
  }
  for (const [name, [status, more]] of Object.entries(cases))
    test(name, async (t) => {
      const { store, put, publish, failures } = await open(t, revealing(), more)
      const ref = await put(vectorBytes(1000, 'refused'))
      await assert.rejects(publish(ref), (error) => {
        assert.ok(isTesseraError(error, status === 503 ? 'publish/busy' : 'relay/refused'), String(error))
        assert.equal(error.context.status, status)
        assert.equal(error.retryable, status === 401 || status === 503)
        return true
      })
      assert.equal(await store.has(ref), 'none')
      assert.deepEqual(failures, [])
    })

  const times: Readonly<Record<string, (story: RunStory) => RunStory>> = {
    'a round whose commits are open': (story) => story.void('NothingRevealed').openRound(),
    'a round that is not open': (story) => story.void('NothingRevealed'),
  }
  for (const [name, move] of Object.entries(times))
    test(`${name} (relay/stale)`, async (t) => {
      const scene = await open(t, revealing())
      const ref = await scene.put(vectorBytes(1000, 'early'), 2)
      move(scene.story)
      await assert.rejects(scene.publish(ref, 2), (error) => isTesseraError(error) && error.context.status === 409)
    })

  test('an old round, and a ticket that has expired (relay/stale)', async (t) => {
    const story = revealing()
    const scene = await open(t, story, { keepRounds: 1 })
    const ref = await scene.put(vectorBytes(1000, 'old'))
    const fresh = await signTicket(DEPLOYMENT, ticketFor(ref, story), HOT)
    const headers = { [TICKET_HEADER]: fresh, 'content-length': '1000' }
    story.wait(901)
    assert.equal(await raw(scene.gateway.url, headers, [vectorBytes(1000, 'old')]), 409)
    story.void('NothingRevealed').openRound()
    await assert.rejects(scene.publish(ref), (error) => isTesseraError(error) && error.context.status === 409)
  })

  test('no ticket, one of another run, a length that is not the ticket’s, no length', async (t) => {
    const story = revealing()
    const { put, gateway, store } = await open(t, story)
    const bytes = vectorBytes(1000, 'length')
    const ref = await put(bytes)
    const ticket = await signTicket(DEPLOYMENT, ticketFor(ref, story), HOT)
    assert.equal(await raw(gateway.url, { 'content-length': '1000' }, [bytes]), 400)
    assert.equal(await raw(gateway.url, { [TICKET_HEADER]: ticket, 'content-length': '999' }, [bytes.subarray(1)]), 400)
    assert.equal(await raw(gateway.url, { [TICKET_HEADER]: ticket, 'transfer-encoding': 'chunked' }, [bytes]), 400)
    const elsewhere = await signTicket(DEPLOYMENT, { ...ticketFor(ref, story), run: RUN + 1n }, HOT)
    assert.equal(await raw(gateway.url, { [TICKET_HEADER]: elsewhere, 'content-length': '1000' }, [bytes]), 400)
    assert.equal(await store.has(ref), 'none')
  })
})

function ticketFor(ref: BlobRef, story: RunStory, size = BigInt(ref.size)) {
  const expiry = story.now + 900n
  return { operator: AUTHOR, relay: RELAY, run: RUN, round: 1n, digest: ref.digest, size, expiry }
}

describe('what a relay drops', () => {
  test('bytes that are not the blob: storage/digest-mismatch', async (t) => {
    const story = revealing()
    const { put, gateway, store, failures } = await open(t, story)
    const ref = await put(vectorBytes(1000, 'promised'))
    const ticket = await signTicket(DEPLOYMENT, ticketFor(ref, story), HOT)
    const headers = { [TICKET_HEADER]: ticket, 'content-length': '1000' }
    assert.equal(await raw(gateway.url, headers, [vectorBytes(1000, 'delivered')]), 422)
    assert.deepEqual([store.usedBytes, failures], [0, []])
  })

  test('a body that is cut off, and one that takes too long: relay/too-slow', async (t) => {
    const story = revealing()
    const { put, gateway, store, failures, timer } = await open(t, story)
    const bytes = vectorBytes(1_000_000, 'slow')
    const ref = await put(bytes)
    const ticket = await signTicket(DEPLOYMENT, ticketFor(ref, story), HOT)
    const headers = { [TICKET_HEADER]: ticket, 'content-length': String(ref.size), expect: '100-continue' }
    const begin = (then: (request: ReturnType<typeof httpRequest>) => void): Promise<number | string> =>
      new Promise((resolve) => {
        const request = httpRequest(`${gateway.url}/relay`, { method: 'PUT', headers, agent: false })
        request.on('continue', () => request.write(bytes.subarray(0, 1000), () => then(request)))
        request.on('response', (response) => resolve(response.resume().statusCode ?? 0))
        request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
        request.flushHeaders()
      })
    assert.equal(await begin((request) => request.destroy()), 'ECONNRESET')
    // The relay notices on its own side; until then another try would find one under way.
    await until(() => timer.pending === 0)
    assert.equal(await begin(() => timer.end(61_000)), 408)
    await until(() => timer.pending === 0)
    assert.deepEqual([store.usedBytes, failures], [0, []])
  })

  test('more than its budget: relay/over-budget, and relay/busy while one is on its way', async (t) => {
    const story = revealing()
    const { put, publish, taken } = await open(t, story, { maxBytes: () => 1000 })
    const refs: BlobRef[] = []
    for (let n = 0; n < 5; n++) refs.push(await put(vectorBytes(1000, `blob ${n}`)))
    for (const ref of refs.slice(0, 4)) await publish(ref)
    const status = (wanted: number) => (error: unknown) =>
      isTesseraError(error, 'publish/busy') && error.context.status === wanted
    await assert.rejects(publish(refs[4] as BlobRef), status(429))
    story.void('NothingRevealed').openRound()
    const both = await Promise.allSettled([publish(refs[4] as BlobRef), publish(await put(vectorBytes(999, 'x')))])
    assert.equal(both.filter((one) => one.status === 'fulfilled').length, 1)
    for (const one of both) if (one.status === 'rejected') assert.ok(status(503)(one.reason), String(one.reason))
    assert.equal(taken.length, 5)
  })

  test('what its store has no room for: storage/quota', async (t) => {
    const { put, publish, store } = await open(t, revealing(), { maxBytes: () => 20_000_000 })
    await store.put(vectorBytes(9_900_000, 'mine'), { round: 1, maxBytes: 2 ** 24 })
    const ref = await put(vectorBytes(2_000_000, 'yours'))
    await assert.rejects(publish(ref), (error) => isTesseraError(error, 'publish/busy') && error.context.status === 503)
    assert.equal(await store.has(ref), 'none')
  })
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

describe('what an author makes of its relay', () => {
  test('one that relays for nobody, or is no gateway', async (t) => {
    const { put, publish, story } = await open(t, revealing())
    const store = await memoryStore(t)
    const plain = await startGateway({ blocks: store.blocks, host: '127.0.0.1', port: 0 })
    t.after(() => plain.close())
    story.setEndpoint(RELAY, plain.url)
    const ref = await put(vectorBytes(10, 'nobody'))
    await assert.rejects(
      publish(ref),
      (error) => isTesseraError(error, 'relay/refused') && error.context.status === 405,
    )
  })

  test('one without an endpoint, with a private one, or that is down', async (t) => {
    const story = revealing()
    const { put, publish } = await open(t, story)
    const ref = await put(vectorBytes(10, 'where'))
    story.setEndpoint(RELAY, '')
    await assert.rejects(publish(ref), { code: 'relay/no-endpoint', retryable: true })
    story.setEndpoint(RELAY, 'http://127.0.0.1:1')
    await assert.rejects(publish(ref), { code: 'publish/unreachable', retryable: true })
    const guarded = await open(t, story, { allowPrivate: false })
    story.setEndpoint(RELAY, 'https://127.0.0.1:1')
    await assert.rejects(guarded.publish(ref), { code: 'storage/private-address' })
  })

  test('only what it made itself, nothing of the run', async (t) => {
    const { target } = await open(t, revealing())
    const ref: BlobRef = { digest: `0x${'00'.repeat(32)}` as Hex, size: 1 }
    assert.equal(target.wants({ ref, round: 1, keep: false }), true)
    assert.equal(target.wants({ ref, round: 0, keep: true }), false)
  })
})
