import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TesseraError } from '@tessera/protocol/errors'
import fc from 'fast-check'
import { FakeStream } from './fakeStream.fixture.ts'
import { humanLine } from './humanLine.ts'
import { createLogger, type LogLevel, silentLogger } from './logger.ts'
import { ManualClock } from './manualClock.ts'
import { Terminal } from './terminal.ts'

function setUp(
  options: { level?: LogLevel; isTTY?: boolean; format?: 'json' | 'human'; redact?: string[]; service?: string } = {},
) {
  const { isTTY = false, level = 'info', ...rest } = options
  const stream = new FakeStream({ isTTY })
  const logger = createLogger({ level, terminal: new Terminal(stream), clock: new ManualClock(1_000), ...rest })
  return { stream, logger, entries: () => stream.lines.map((line) => JSON.parse(line)) }
}

describe('JSON lines', () => {
  test('one object per entry: time, level, service, context, message', () => {
    const { logger, stream } = setUp()
    logger.child('trainer', { run: 7n }).info('step done', { loss: 3.5, step: 2 })
    logger.warn('plain')
    assert.deepEqual(stream.lines, [
      '{"level":"info","time":"1970-01-01T00:00:01.000Z","service":"trainer","context":{"run":"7","loss":3.5,"step":2},"msg":"step done"}',
      '{"level":"warn","time":"1970-01-01T00:00:01.000Z","msg":"plain"}',
    ])
  })

  test('levels below the set one are not written, and isEnabled tells', () => {
    const { logger, entries } = setUp({ level: 'warn' })
    logger.trace('no')
    logger.debug('no')
    logger.info('no')
    logger.failure(new TesseraError('x/y', 'later', { retryable: true }), 'trying again')
    logger.error('yes')
    logger.fatal('yes')
    assert.deepEqual(
      entries().map((entry) => entry.level),
      ['warn', 'error', 'fatal'],
    )
    assert.ok(logger.isEnabled('warn') && !logger.isEnabled('info'))
  })

  test('a context cannot pose as another field', () => {
    const { logger, entries } = setUp({ service: 'main' })
    logger.info('real', { level: 'fatal', msg: 'forged', service: 'other', time: 'never' })
    const [entry] = entries()
    assert.equal(entry.level, 'info')
    assert.equal(entry.msg, 'real')
    assert.equal(entry.service, 'main')
  })

  test('redacts named keys at any depth, and those the program adds', () => {
    const { logger, entries } = setUp({ redact: ['session-id'] })
    logger.info('login', { user: { password: 'p', sessionId: 's', name: 'n' } })
    assert.deepEqual(entries()[0].context, { user: { password: '[redacted]', sessionId: '[redacted]', name: 'n' } })
  })

  test('strings are cut at info and kept longer at debug', () => {
    const { logger, entries } = setUp({ level: 'debug' })
    logger.info('x', { text: 'a'.repeat(1000) })
    logger.debug('x', { text: 'a'.repeat(1000) })
    assert.match(entries()[0].context.text, /^a{256}\.\.\.\(\+744 characters\)$/)
    assert.equal(entries()[1].context.text.length, 1000)
  })
})

describe('failure', () => {
  test('gives code, hint and context; warn when retryable, error otherwise', () => {
    const { logger, entries } = setUp()
    logger.failure(new TesseraError('a/b', 'busy', { retryable: true, hint: 'Wait', context: { n: 1n } }), 'sending', {
      round: 3n,
    })
    logger.failure(new TesseraError('a/c', 'no'), 'sending')
    assert.deepEqual(entries()[0], {
      level: 'warn',
      time: '1970-01-01T00:00:01.000Z',
      error: { code: 'a/b', message: 'busy', retryable: true, hint: 'Wait', context: { n: '1' } },
      context: { round: '3' },
      msg: 'sending',
    })
    assert.equal(entries()[1].level, 'error')
    assert.equal(entries()[1].error.stack, undefined)
  })

  test('brings a stack for a defect, or at debug level', () => {
    const info = setUp()
    info.logger.failure(new TypeError('oops'), 'tick')
    info.logger.failure('thrown text', 'tick')
    assert.ok(Array.isArray(info.entries()[0].error.stack))
    assert.equal(info.entries()[1].error.message, 'thrown text')
    const debug = setUp({ level: 'debug' })
    debug.logger.failure(new TesseraError('a/b', 'x'), 'tick')
    assert.ok(Array.isArray(debug.entries()[0].error.stack))
  })
})

describe('human lines', () => {
  test('on a terminal, unless JSON is asked for; and elsewhere on demand', () => {
    const human = setUp({ isTTY: true })
    human.logger.child('trainer').info('step done', { loss: 3.5, note: 'two words', list: [1, 'a b'] })
    assert.equal(
      human.stream.written,
      '00:00:01.000 INFO  trainer: step done  loss=3.5 note="two words" list=[1,"a b"]\n',
    )
    const json = setUp({ isTTY: true, format: 'json' })
    json.logger.info('x')
    assert.equal(json.entries()[0].msg, 'x')
    const piped = setUp({ format: 'human' })
    piped.logger.info('x')
    assert.equal(piped.stream.written, '00:00:01.000 INFO  x\n')
  })

  test('an error shows its code and hint first', () => {
    const { logger, stream } = setUp({ isTTY: true })
    logger.failure(new TesseraError('a/b', 'is busy', { hint: 'Wait a bit', context: { port: 1 } }), 'sending')
    assert.equal(
      stream.written,
      '00:00:01.000 ERROR sending  code=a/b error="is busy" hint="Wait a bit" port=1 retryable=false\n',
    )
  })

  test('colours only when the terminal wants them', () => {
    assert.equal(
      humanLine('{"level":"warn","time":"1970-01-01T00:00:01.000Z","msg":"m","context":{"a":1}}', true),
      '00:00:01.000 \x1b[33mWARN \x1b[0m m  \x1b[90ma=1\x1b[0m',
    )
  })

  for (const format of ['json', 'human'] as const)
    test(`no hostile string makes a second line or an escape: ${format}`, () => {
      const hostile = fc.string({ unit: 'binary', maxLength: 80 })
      fc.assert(
        fc.property(hostile, hostile, hostile, (message, key, value) => {
          const { logger, stream } = setUp({ format, level: 'trace' })
          logger.child(value).trace(message, { [key]: value, nested: { [value]: [message] } })
          logger.failure(new TesseraError('a/b', value, { hint: message, cause: new Error(key) }), message)
          assert.equal(stream.lines.length, 2)
          for (const line of stream.lines) assert.ok(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(line))
        }),
      )
    })
})

test('silentLogger takes everything', () => {
  silentLogger.child('x').info('y')
  silentLogger.failure(new Error('z'), 'y')
  assert.equal(silentLogger.isEnabled('fatal'), false)
})
