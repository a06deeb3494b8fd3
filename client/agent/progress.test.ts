import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { FakeStream } from './fakeStream.fixture.ts'
import { createLogger } from './logger.ts'
import { ManualClock } from './manualClock.ts'
import { createProgress } from './progress.ts'
import { amountText, barText, spanText } from './progressText.ts'
import { Terminal } from './terminal.ts'

function setUp(isTTY: boolean, columns = 60) {
  const stream = new FakeStream({ isTTY, columns })
  const terminal = new Terminal(stream)
  const clock = new ManualClock()
  const logger = createLogger({ level: 'info', terminal, clock })
  return { stream, clock, logger, terminal, progress: createProgress({ terminal, logger, clock }) }
}

describe('on a terminal', () => {
  test('a bar is drawn at the bottom, log lines pass above it, and a finished bar leaves one line', async () => {
    const { stream, clock, logger, progress } = setUp(true)
    const bar = progress.start({ label: 'fetch', total: 4096, unit: 'bytes' })
    logger.info('first')
    await clock.advance(1000)
    bar.update(1024)
    logger.info('second')
    assert.deepEqual(stream.screen, [
      '00:00:00.000 INFO  first',
      '00:00:01.000 INFO  second',
      'fetch [====             ]  25% 1.0 KiB of 4.0 KiB 3.0s left',
    ])
    await clock.advance(3000)
    bar.update(4096)
    bar.finish()
    bar.finish()
    bar.update(1)
    assert.deepEqual(stream.screen, [
      '00:00:00.000 INFO  first',
      '00:00:01.000 INFO  second',
      '00:00:04.000 INFO  fetch: done  done="4.0 KiB" took=4.0s',
      '',
    ])
  })

  test('several bars at once; each goes away when finished; a new one may follow', async () => {
    const { stream, clock, logger, progress } = setUp(true)
    const a = progress.start({ label: 'a', total: 10 })
    const b = progress.start({ label: 'b', total: 0 })
    logger.info('line')
    assert.equal(stream.screen.length, 3)
    assert.match(stream.screen[1] ?? '', /^a \[ +\] {3}0% 0 of 10$/)
    assert.match(stream.screen[2] ?? '', /^b 0 0\.0s$/)
    a.finish()
    await clock.advance(200)
    b.update(7, 'from peer\nforged')
    assert.deepEqual(stream.screen.slice(0, 3), [
      '00:00:00.000 INFO  line',
      '00:00:00.000 INFO  a: done  done=0 took=0.0s',
      'b 7 0.2s from peer\\nforged',
    ])
    b.finish()
    const c = progress.start({ label: 'c', total: 1 })
    assert.match(stream.screen.at(-1) ?? '', /^c \[/)
    c.finish()
  })

  test('redraws at most ten times a second', async () => {
    const { stream, clock, progress } = setUp(true)
    const bar = progress.start({ label: 'steps', total: 1000 })
    const before = stream.written.length
    for (let step = 1; step <= 50; step++) bar.update(step)
    assert.equal(stream.written.length, before)
    await clock.advance(100)
    bar.update(51)
    assert.match(stream.screen[0] ?? '', / 51 of 1000/)
    bar.finish()
  })

  test('an unfinished bar does not keep the process alive', () => {
    const { progress } = setUp(true)
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    const bar = progress.start({ label: 'a', total: 10 })
    bar.update(5)
    assert.equal(timers(), before)
    progress.close()
  })

  test('close leaves a clean terminal and lets lines through', () => {
    const { stream, logger, progress } = setUp(true)
    const bar = progress.start({ label: 'a', total: 10 })
    progress.close()
    logger.info('after')
    bar.update(5)
    bar.finish()
    assert.deepEqual(stream.screen, ['00:00:00.000 INFO  after', ''])
  })

  test('whatever is logged while bars run, each row is one whole line or one bar', () => {
    const act = fc.oneof(fc.constant('start'), fc.constant('finish'), fc.constant('update'), fc.constant('log'))
    fc.assert(
      fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
        const { stream, terminal, progress } = setUp(true)
        const bars = []
        let lines = 0
        for (const what of acts) {
          if (what === 'start') bars.push(progress.start({ label: 'bar', total: 9 }))
          if (what === 'update') bars[0]?.update(3)
          if (what === 'finish') bars.shift()?.finish()
          if (what === 'log') terminal.writeLine(`line ${lines++}`)
        }
        const rows = stream.screen.filter((row) => row !== '')
        for (const row of rows)
          assert.match(row, /^(line \d+|bar \[[= ]+\].*|\S+ INFO {2}bar: done {2}done=\d took=0\.0s)$/)
        assert.equal(rows.filter((row) => row.startsWith('line')).length, lines)
        assert.equal(rows.filter((row) => row.startsWith('bar [')).length, bars.length)
        progress.close()
      }),
    )
  })
})

describe('in a log', () => {
  test('a line every ten seconds at most, and one at the end', async () => {
    const { stream, clock, progress } = setUp(false)
    const bar = progress.start({ label: 'train', total: 100, unit: 'steps' })
    for (let step = 1; step <= 100; step++) {
      await clock.advance(250)
      bar.update(step, 'loss 3')
    }
    bar.finish()
    bar.update(101)
    bar.finish()
    progress.close()
    const contexts = stream.lines.map((line) => JSON.parse(line)).map(({ msg, context }) => ({ msg, ...context }))
    assert.deepEqual(contexts, [
      { msg: 'train', done: '40 steps', total: 100, percent: 40, detail: 'loss 3' },
      { msg: 'train', done: '80 steps', total: 100, percent: 80, detail: 'loss 3' },
      { msg: 'train: done', done: '100 steps', took: '25s' },
    ])
  })
})

describe('texts', () => {
  test('amounts and spans', () => {
    assert.deepEqual(
      [5, 1023, 1024, 5 * 2 ** 20, 3 * 2 ** 30].map((n) => amountText(n, 'bytes')),
      ['5 B', '1023 B', '1.0 KiB', '5.0 MiB', '3.00 GiB'],
    )
    assert.equal(amountText(5, undefined), '5')
    assert.deepEqual([0, 9_999, 12_345, 185_000, 7_620_000].map(spanText), ['0.0s', '10.0s', '12s', '3m05s', '2h07m'])
  })

  test('a bar is always shorter than the terminal is wide', () => {
    const number = fc.double({ min: 0, max: 1e12, noNaN: true })
    fc.assert(
      fc.property(number, number, fc.integer({ min: 0, max: 200 }), fc.string(), (value, total, maxWidth, label) => {
        const text = barText({ value, total, maxWidth }, { task: { label }, startedAt: 0, detail: 'd' }, 5000)
        assert.ok(text.length < Math.max(1, maxWidth))
      }),
    )
  })
})
