import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, type TestContext, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import { cidOf } from '../blobRef.ts'
import { HandTimer } from '../handTimer.ts'
import { BlobPublisher, type PublishEvent } from './blobPublisher.ts'
import { Book } from './book.ts'
import { FakePinning, fail } from './fakePinning.ts'
import { PinningService } from './pinningService.ts'
import { PinningTarget } from './pinningTarget.ts'
import type { Publication } from './target.ts'

const SCOPE = 'tessera/31377/1/0xabc'
const ORIGIN = '/dns/miner.example/tcp/443/tls/http'
const POLL_MS = 20_000
const TIMEOUT_MS = 30_000
const { signal } = new AbortController()

const blob = (n: number, round = n): Publication => ({
  ref: { digest: `0x${n.toString(16).padStart(64, '0')}`, size: 1000 },
  round,
  keep: false,
})

async function open(t: TestContext, options: { token?: string; book?: Book; service?: FakePinning } = {}) {
  const fake = options.service ?? new FakePinning()
  const url = await fake.start()
  t.after(() => fake.close())
  const requests = new HandTimer(0)
  const service = new PinningService({
    url,
    token: options.token ?? fake.token,
    timer: requests,
    timeoutMs: TIMEOUT_MS,
  })
  const target = new PinningTarget({ service, scope: SCOPE, origins: [ORIGIN], pollMs: POLL_MS })
  const rests = new HandTimer(0)
  const events: PublishEvent[] = []
  const onEvent = (event: PublishEvent): unknown => events.push(event)
  const book = options.book ?? new Book(':memory:')
  const publisher = new BlobPublisher({ targets: [target], book, timer: rests, onEvent, random: () => 0 })
  publisher.allow(() => true)
  publisher.start()
  t.after(() => publisher.close())
  const again = async (): Promise<void> => {
    rests.endLast()
    await new Promise((resolve) => setImmediate(resolve))
    await publisher.idle()
  }
  return { fake, target, publisher, book, events, rests, requests, again }
}

const posts = ({ asked }: FakePinning): number => asked.filter((line) => line.startsWith('POST')).length
const last = (events: readonly PublishEvent[]): string => {
  const event = events.at(-1)
  return event?.kind === 'failed' ? event.error.code : (event?.kind ?? 'nothing')
}

describe('a pinning service', () => {
  test('is asked once, looked at until it has the blob, and told when its round is over', async (t) => {
    const { fake, publisher, events, rests, again } = await open(t)
    const publication = blob(7)
    publisher.add(publication)
    await publisher.idle()
    const [pin] = fake.pins
    const cid = cidOf(publication.ref).toString()
    assert.deepEqual(pin?.pin, {
      cid,
      name: `${SCOPE}/7`,
      origins: [ORIGIN],
      meta: { app: 'tessera', round: '7' },
    })
    assert.deepEqual(rests.asked, [POLL_MS])
    for (const status of ['pinning', 'pinning', 'pinned']) {
      assert.deepEqual(events, [])
      if (pin !== undefined) pin.status = status
      await again()
    }
    assert.deepEqual(events, [{ kind: 'published', target: 'pinning', publication }])
    assert.equal(posts(fake), 1)
    publisher.collect(8)
    await publisher.idle()
    assert.deepEqual(fake.pins, [])
    assert.equal(last(events), 'removed')
  })

  test('sees nothing of a round whose commits are open', async (t) => {
    const { fake, publisher } = await open(t)
    publisher.allow((round) => round < 5)
    for (const publication of [blob(4), blob(5)]) publisher.add(publication)
    await publisher.idle()
    assert.deepEqual(
      fake.pins.map(({ pin }) => pin.cid),
      [cidOf(blob(4).ref).toString()],
    )
  })

  test('is not asked again for what an earlier process asked for and could not write down', async (t) => {
    const { fake, publisher, events } = await open(t)
    const cid = cidOf(blob(3).ref).toString()
    const ours = fake.add({ cid, name: `${SCOPE}/3` }, 'pinned')
    // Others have asked for it since, more than a page of them.
    fake.pageSize = 2
    for (let n = 0; n < 7; n++) fake.add({ cid, name: `${SCOPE}0/${n}` }, 'pinned')
    publisher.add(blob(3))
    await publisher.idle()
    assert.equal(last(events), 'published')
    assert.equal(posts(fake), 0)
    publisher.collect(9)
    await publisher.idle()
    assert.ok(!fake.pins.includes(ours))
    assert.equal(fake.pins.length, 7)
  })

  test('a pin that fails is asked for anew: publish/pin-failed', async (t) => {
    const { fake, publisher, events, again } = await open(t)
    publisher.add(blob(1))
    await publisher.idle()
    const [first] = fake.pins
    if (first !== undefined) first.status = 'failed'
    await again()
    assert.equal(last(events), 'publish/pin-failed')
    assert.equal(fake.pins.length, 0)
    await again()
    const [second] = fake.pins
    if (second !== undefined) second.status = 'pinned'
    await again()
    assert.equal(last(events), 'published')
    assert.equal(posts(fake), 2)
  })

  test('a restart asks about what was under way', async (t) => {
    const book = new Book(':memory:')
    t.after(() => book.close())
    const fake = new FakePinning()
    const first = await open(t, { book, service: fake })
    first.publisher.add(blob(1))
    await first.publisher.idle()
    await first.publisher.close()
    await fake.close()
    const [pin] = fake.pins
    if (pin !== undefined) pin.status = 'pinned'
    const later = new FakePinning()
    later.pins.push(...fake.pins)
    const second = await open(t, { book, service: later })
    await second.publisher.idle()
    assert.equal(last(second.events), 'published')
    assert.deepEqual(later.asked, [`GET /api/v1/pins/${encodeURIComponent('request 0/é')}`])
  })

  test('one that hangs costs a try: publish/timeout', async (t) => {
    const { fake, publisher, events, requests, again } = await open(t)
    fake.mishap = () => {
      setImmediate(() => requests.end(TIMEOUT_MS))
      return true
    }
    publisher.add(blob(1))
    await publisher.idle()
    assert.equal(last(events), 'publish/timeout')
    fake.mishap = () => false
    await again()
    assert.equal(fake.pins.length, 1)
  })

  test('no request is left behind when the service has nothing of a blob whose round is over', async (t) => {
    const { fake, publisher, events } = await open(t)
    publisher.allow(() => false)
    publisher.add(blob(1))
    publisher.collect(2)
    await publisher.idle()
    assert.equal(last(events), 'removed')
    assert.equal(posts(fake), 0)
  })
})

describe('what is wrong with a pinning service is said at the start', () => {
  test('nothing is', async (t) => {
    const { target } = await open(t)
    await target.check(signal)
  })

  const refusals: Readonly<Record<string, readonly [number, string, boolean]>> = {
    'a token that it does not know': [401, 'publish/credentials', false],
    'no right to pin': [403, 'publish/forbidden', false],
    'an account that is empty': [409, 'publish/no-funds', false],
    'too many requests': [429, 'publish/busy', true],
    'an address that is something else': [404, 'publish/refused', false],
    'a redirect': [302, 'publish/refused', false],
    'trouble of its own': [503, 'publish/busy', true],
  }
  for (const [name, [status, wanted, retryable]] of Object.entries(refusals))
    test(`${name}: ${wanted}`, async (t) => {
      const { fake, target } = await open(t)
      fake.mishap = (_request, response) => {
        fail(response.setHeader('location', '/elsewhere'), status, 'NO_WAY')
        return true
      }
      await assert.rejects(target.check(signal), (error) => {
        assert.ok(isTesseraError(error, wanted), String(error))
        assert.equal(error.retryable, retryable)
        assert.equal(error.context.reason, 'NO_WAY')
        assert.ok(!JSON.stringify([error.message, error.hint, error.context]).includes(fake.token))
        return true
      })
    })

  test('a wrong token', async (t) => {
    const { target } = await open(t, { token: 'another' })
    await assert.rejects(target.check(signal), { code: 'publish/credentials' })
  })

  const say = (text: string) => (response: ServerResponse) => response.writeHead(200).end(text)
  const pin = (more: object): string =>
    JSON.stringify({
      count: 1,
      results: [{ requestid: 'r', status: 'pinned', created: '2026-01-01T00:00:00Z', pin: { cid: 'b' }, ...more }],
    })
  const nonsense: Readonly<Record<string, string>> = {
    'no JSON': '<html>Welcome</html>',
    'no object': '7',
    'no count': '{"results": []}',
    'no results': '{"count": 3}',
    'no request id': pin({ requestid: '' }),
    'a request id of a megabyte': pin({ requestid: 'x'.repeat(300) }),
    'an unknown status': pin({ status: 'thinking' }),
    'no time': pin({ created: 'yesterday' }),
    'no pin': pin({ pin: null }),
    'no CID': pin({ pin: {} }),
    'an endless answer': ' '.repeat(2 ** 20 + 1),
  }
  for (const [name, text] of Object.entries(nonsense))
    test(`${name}: publish/bad-answer`, async (t) => {
      const { fake, target } = await open(t)
      fake.mishap = (_request, response) => {
        say(text)(response)
        return true
      }
      await assert.rejects(target.check(signal), { code: 'publish/bad-answer' })
    })

  test('a pin of something else: publish/bad-answer', async (t) => {
    const { fake, publisher, events } = await open(t)
    fake.mishap = (request, response) => {
      if (request.method !== 'POST') return false
      const other = { requestid: 'r', status: 'pinned', created: '2026-01-01T00:00:00Z', pin: { cid: 'bother' } }
      response.writeHead(202).end(JSON.stringify(other))
      return true
    }
    publisher.add(blob(1))
    await publisher.idle()
    assert.equal(last(events), 'publish/bad-answer')
  })
})
