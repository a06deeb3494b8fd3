import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@tessera/agent/manualClock'
import { TesseraError } from '@tessera/protocol/errors'
import type { Transport } from '@tessera/storage/transport'
import { type Gateway, GatewayProbe } from './gatewayProbe.ts'

const OPERATOR = `0x${'11'.repeat(20)}` as const
const signal = new AbortController().signal

/** Answers after `behave`, which may let time pass. */
function probe(behave: Transport['fetchBlock'], allowLoopback = false) {
  const clock = new ManualClock(9_000)
  const transport: Transport = { fetchBlock: behave, close: () => undefined }
  return { clock, gateways: new GatewayProbe({ transport, clock, timer: clock, allowLoopback }) }
}

const at = (url: string): Gateway => ({ url, operator: OPERATOR })

test('tells which can be reached, and how fast', async () => {
  const { clock, gateways } = probe(async ({ source, maxBytes }) => {
    assert.ok(maxBytes <= 1_024)
    await clock.advance(40)
    if (source.base.includes('without')) throw new TesseraError('storage/not-found', 'not here')
    if (source.base.includes('broken')) throw new TesseraError('storage/bad-response', 'no')
    return new Uint8Array()
  })
  await gateways.probe([at('https://one.example')], signal)
  const ok = { operator: OPERATOR, ok: true, latencyMs: 40, error: null }
  assert.deepEqual(gateways.checked, [{ ...ok, url: 'https://one.example', checkedAt: 9 }])
  await gateways.probe([{ url: 'https://without.example', operator: null }, at('https://broken.example')], signal)
  const [without, broken] = gateways.checked
  assert.deepEqual([without?.ok, without?.operator, without?.error], [true, null, null])
  assert.deepEqual([broken?.ok, broken?.latencyMs, broken?.error], [false, null, 'storage/bad-response'])
})

test('what leads into a private network, or is no gateway, is not asked', async () => {
  const asked: string[] = []
  const behave: Transport['fetchBlock'] = async ({ source }) => {
    asked.push(source.base)
    return new Uint8Array()
  }
  const urls = [
    'http://one.example',
    'https://127.0.0.1',
    'https://[::1]',
    'https://169.254.169.254/latest',
    'javascript:1',
    '',
  ]
  const { gateways } = probe(behave)
  await gateways.probe(urls.map(at), signal)
  assert.deepEqual(asked, [])
  assert.deepEqual(
    gateways.checked.map(({ url, error }) => [url, error]),
    urls.map((url) => [
      url,
      /\d|::/.test(url) && url.startsWith('https') ? 'storage/private-address' : 'storage/bad-source',
    ]),
  )
  const devnet = probe(behave, true)
  await devnet.gateways.probe([at('http://127.0.0.1:4801')], signal)
  assert.deepEqual(asked, ['http://127.0.0.1:4801'])
})

test('one that does not answer is given up, and many are asked a few at a time', async () => {
  let underWay = 0
  let most = 0
  const { clock, gateways } = probe(({ signal: end }) => {
    most = Math.max(most, ++underWay)
    return new Promise((_, reject) =>
      end.addEventListener('abort', () => {
        underWay--
        reject(end.reason)
      }),
    )
  })
  const done = gateways.probe(
    Array.from({ length: 200 }, (_, i) => at(`https://g${i}.example`)),
    signal,
  )
  for (let lanes = 0; lanes < 128 / 8; lanes++) {
    await clock.whenSleeping(8)
    await clock.advance(5_000)
  }
  await done
  assert.equal(most, 8)
  assert.equal(gateways.checked.length, 128)
  assert.ok(gateways.checked.every(({ ok, error }) => !ok && error === 'storage/timeout'))
})

test('stops when it is told to', async () => {
  const stop = new AbortController()
  const { gateways } = probe(() => {
    stop.abort(new Error('stop'))
    throw new TesseraError('storage/aborted', 'stopped')
  })
  await assert.rejects(gateways.probe([at('https://one.example')], stop.signal), /stop/)
})
