import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TesseraError } from '@tessera/protocol/errors'
import fc from 'fast-check'
import { DEFAULT_LIMITS, printable, printableValue } from './printable.ts'

test('printable: line breaks, escapes, C1, separators, bidirectional overrides and lone surrogates are made visible', () => {
  assert.equal(printable('a\nb\rc\td'), 'a\\nb\\rc\\td')
  assert.equal(printable('\x1b[31mred\x9b0m\x7f'), '\\x1b[31mred\\x9b0m\\x7f')
  assert.equal(printable('\u2028\u202e\u200b\ufeff'), '\\u{2028}\\u{202e}\\u{200b}\\u{feff}')
  assert.equal(printable('\ud83d x'), '\\u{d83d} x')
  assert.equal(printable('naïve Ω 模型 😀 \\n'), 'naïve Ω 模型 😀 \\n')
})

test('printable: cuts long text and says by how much', () => {
  assert.equal(printable('abcdef', 4), 'abcd...(+2 characters)')
  assert.equal(printable('x'.repeat(1e6), 2), 'xx...(+999998 characters)')
  assert.equal(printable('abcd', 4), 'abcd')
})

test('printable: takes credentials out of URLs, also across the cut', () => {
  assert.equal(printable('get https://me:pw@host/a//b@c'), 'get https://[redacted]@host/a//[redacted]@c')
  assert.ok(!printable(`https://user:${'p'.repeat(300)}@host`, 100).includes('ppp'))
})

test('printable: for any text, no control character is left and the length is bounded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.nat(100), (text, max) => {
      const shown = printable(text, max)
      assert.ok(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(shown))
      assert.ok(shown.length <= max * 10 + 30)
    }),
  )
})

test('printableValue: types that JSON lacks', () => {
  const value = {
    wei: 10n ** 18n,
    bytes: new Uint8Array([1, 255]),
    blob: new Uint8Array(100),
    when: new Date(0),
    never: new Date(Number.NaN),
    ratio: Number.NaN,
    fn: () => 1,
    gone: undefined,
    none: null,
    yes: true,
    set: new Set([1n]),
    map: new Map([['k', 2]]),
  }
  assert.deepEqual(printableValue(value), {
    wei: '1000000000000000000',
    bytes: '0x01ff',
    blob: `0x${'00'.repeat(32)}...(100 bytes)`,
    when: '1970-01-01T00:00:00.000Z',
    never: 'invalid date',
    ratio: 'NaN',
    fn: '[function]',
    none: null,
    yes: true,
    set: ['1'],
    map: [['k', 2]],
  })
})

test('printableValue: bounded in depth and entries, so a cycle ends', () => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  assert.deepEqual(printableValue(cycle), { self: { self: { self: { self: '[deep]' } } } })
  const limits = { ...DEFAULT_LIMITS, entries: 2 }
  assert.deepEqual(printableValue([1, 2, 3], limits), [1, 2, '...(+1 entries)'])
  assert.deepEqual(printableValue({ a: 1, b: 2, c: 3 }, limits), { a: 1, b: 2, '...': '+1 entries' })
})

test('printableValue: secrets by name at any depth, hostile keys as plain keys', () => {
  const hostile = JSON.parse('{"__proto__": {"hotKey_Password": "x"}, "a\\nb": {"PRIVATE-KEY": "y"}, "publicKey": "z"}')
  assert.equal(
    JSON.stringify(printableValue(hostile)),
    '{"__proto__":{"hotKey_Password":"[redacted]"},"a\\\\nb":{"PRIVATE-KEY":"[redacted]"},"publicKey":"z"}',
  )
  assert.deepEqual(printableValue({ apiKey: 'k', apiKeyCount: 2 }), { apiKey: '[redacted]', apiKeyCount: 2 })
})

test('printableValue: errors by their fields, causes included, a stack only on demand and without the message', () => {
  const error = new TesseraError('storage/missing', 'no blob\nforged', {
    retryable: true,
    hint: 'Wait',
    context: { size: 3n },
    cause: new AggregateError([new Error('inner')], 'all failed'),
  })
  assert.deepEqual(printableValue(error), {
    code: 'storage/missing',
    message: 'no blob\\nforged',
    retryable: true,
    hint: 'Wait',
    context: { size: '3' },
    cause: {
      code: 'internal/unexpected',
      type: 'AggregateError',
      message: 'all failed',
      cause: [{ code: 'internal/unexpected', type: 'Error', message: 'inner' }],
    },
  })
  const hostile = new Error('boom\n    at forged (file:1:1)')
  const shown = printableValue(hostile, { ...DEFAULT_LIMITS, stacks: true }) as { stack: string[] }
  assert.ok(shown.stack.some((line) => line.includes('printable.test.ts')))
})
