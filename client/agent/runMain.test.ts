import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { TesseraError } from '@tessera/protocol/errors'
import { Lifecycle } from './lifecycle.ts'
import { ManualClock } from './manualClock.ts'
import { type ProcessLike, runMain } from './runMain.ts'
import { watchParent } from './watchParent.ts'

class FakeProcess extends EventEmitter implements ProcessLike {
  readonly #written: string[] = []
  readonly argv: string[]
  readonly env: Record<string, string>
  readonly stdout = new EventEmitter()
  readonly stderr = Object.assign(new EventEmitter(), { write: (text: string) => this.#written.push(text) })
  readonly stdin = Object.assign(new EventEmitter(), { resume: () => {} })
  exitCode: number | undefined
  exits: number[] = []

  constructor(argv: string[] = [], env: Record<string, string> = {}) {
    super()
    this.argv = argv
    this.env = env
  }
  get errors(): string {
    return this.#written.join('')
  }
  exit(code: number): void {
    this.exits.push(code)
  }
  getActiveResourcesInfo(): string[] {
    return []
  }
}

const failing = (error: unknown) => async () => {
  throw error
}
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

describe('runMain in a fake process', () => {
  test('code 0, closers run, nothing printed', async () => {
    const host = new FakeProcess()
    const closed: string[] = []
    await runMain(async (lifecycle) => lifecycle.onClose('x', () => closed.push('x')), { process: host })
    assert.deepEqual([host.exitCode, closed, host.errors, host.exits], [0, ['x'], '', []])
  })

  test('an error of ours: one line, code 1; stacks and causes only when debugging', async () => {
    const error = new TesseraError('a/b', 'not\nso', { hint: 'Do this', cause: new Error('inner') })
    const quiet = new FakeProcess()
    await runMain(failing(error), { process: quiet })
    assert.equal(quiet.errors, 'a/b: not\\nso. Do this\n')
    assert.equal(quiet.exitCode, 1)
    const loud = [
      new FakeProcess(['--log-level', 'debug']),
      new FakeProcess(['--log-level=info', '--log-level=trace']),
      new FakeProcess([], { TESSERA_DEBUG: '1' }),
      new FakeProcess([], { TESSERA_LOG_LEVEL: 'debug' }),
    ]
    for (const host of loud) {
      await runMain(failing(error), { process: host })
      assert.match(host.errors, /^a\/b: [^\n]*\n +at [\s\S]*\ncaused by internal\/unexpected: inner\n +at /)
    }
    const overruled = new FakeProcess(['--log-level', 'info'], { TESSERA_LOG_LEVEL: 'debug' })
    await runMain(failing(error), { process: overruled })
    assert.equal(overruled.errors.split('\n').length, 2, 'a flag beats the environment')
  })

  test('any other error is a defect: internal/unexpected with its stack', async () => {
    const host = new FakeProcess()
    await runMain(failing(new TypeError('x is not a function')), { process: host })
    assert.match(host.errors, /^internal\/unexpected: x is not a function\n +at /)
    assert.equal(host.exitCode, 1)
  })

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ] as const)
    test(`${signal}: aborts, is no error, code ${code}; the second one exits at once`, async () => {
      const host = new FakeProcess()
      const closing = Promise.withResolvers<void>()
      const running = runMain(
        async (lifecycle) => {
          lifecycle.onClose('slow', () => closing.promise)
          const stopped = untilAborted(lifecycle.signal)
          host.emit(signal)
          await stopped.catch((cause) => {
            throw new Error('wrapped', { cause })
          })
        },
        { process: host, clock: new ManualClock() },
      )
      assert.deepEqual(host.exits, [], 'the first only asks')
      host.emit(signal)
      assert.deepEqual(host.exits, [code === 0 ? 1 : code])
      closing.resolve()
      await running
      assert.deepEqual([host.exitCode, host.errors], [code, ''])
    })

  test('a crash beside the program: closers run, code 1, the process is ended', async () => {
    for (const event of ['unhandledRejection', 'uncaughtException']) {
      const host = new FakeProcess()
      const closed: string[] = []
      await runMain(
        (lifecycle) => {
          lifecycle.onClose('child', () => closed.push('child'))
          host.emit(event, new TesseraError('a/b', 'lost'))
          return new Promise(() => {})
        },
        { process: host, clock: new ManualClock() },
      )
      assert.match(host.errors, /^internal\/unexpected: uncaught: a\/b: lost\. Please report this\n/)
      assert.deepEqual([host.exitCode, host.exits, closed], [1, [1], ['child']])
    }
  })

  test('closed output stops the program quietly; another stream error is a crash', async () => {
    const host = new FakeProcess()
    const clock = new ManualClock()
    await runMain(
      (lifecycle) => {
        const stopped = untilAborted(lifecycle.signal)
        host.stdout.emit('error', Object.assign(new Error('pipe'), { code: 'EPIPE' }))
        return stopped
      },
      { process: host, clock },
    )
    assert.deepEqual([host.exitCode, host.errors], [0, ''])
    const broken = new FakeProcess()
    await runMain(
      () => {
        broken.stderr.emit('error', new Error('EIO'))
        return new Promise(() => {})
      },
      { process: broken, clock },
    )
    assert.equal(broken.exitCode, 1)
  })

  test('lifecycle/close-timeout when the program, or a closer, does not stop: ended by force', async () => {
    const clock = new ManualClock()
    const host = new FakeProcess()
    const running = runMain(
      (lifecycle) => {
        lifecycle.stop('enough')
        return new Promise(() => {})
      },
      { process: host, clock, closeLimitMs: 10 },
    )
    await clock.advance(10)
    await running
    assert.match(host.errors, /^lifecycle\/close-timeout: the program did not stop within 10 ms/)
    assert.deepEqual(host.exits, [1])

    const other = new FakeProcess()
    const closing = runMain(async (lifecycle) => lifecycle.onClose('anvil', () => new Promise(() => {})), {
      process: other,
      clock,
      closeLimitMs: 10,
    })
    await clock.whenSleeping()
    await clock.advance(10)
    await closing
    assert.match(other.errors, /^lifecycle\/close-timeout: .* Not closed: anvil\n/)
    assert.deepEqual(other.exits, [1])
  })
})

describe('watchParent', () => {
  test('ipc: stops on disconnect, and does not hold the process for its channel', () => {
    const host = Object.assign(new FakeProcess(), {
      connected: true,
      channel: { unref: () => unreferenced.push('channel') },
    })
    const unreferenced: string[] = []
    const lifecycle = new Lifecycle()
    watchParent(lifecycle, 'ipc', host)
    assert.deepEqual([unreferenced, lifecycle.signal.aborted], [['channel'], false])
    host.emit('disconnect')
    assert.match(lifecycle.signal.reason.message, /parent process is gone/)
  })

  test('stdin: stops at its end', () => {
    for (const event of ['end', 'close', 'error']) {
      const host = new FakeProcess()
      const lifecycle = new Lifecycle()
      watchParent(lifecycle, 'stdin', host)
      host.stdin.emit(event)
      assert.ok(lifecycle.signal.aborted, event)
    }
  })

  test('lifecycle/no-parent when there is no channel', async () => {
    assert.throws(() => watchParent(new Lifecycle(), 'ipc', new FakeProcess()), { code: 'lifecycle/no-parent' })
    const host = new FakeProcess()
    await runMain(async () => {}, { process: host, parent: 'ipc' })
    assert.match(host.errors, /^lifecycle\/no-parent/)
    assert.equal(host.exitCode, 1)
  })
})

describe('runMain in a real process', () => {
  test('ends with code 0 when done, 1 with one line when failed', async () => {
    assert.deepEqual(await end(start('done')), { code: 0, out: 'closed\n', err: '' })
    assert.deepEqual(await end(start('fails')), {
      code: 1,
      out: '',
      err: 'test/failed: it\\nfailed. Try something else\n',
    })
  })

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ] as const)
    test(`${signal}: stops in order with code ${code}`, async () => {
      const child = start('wait')
      await ready(child)
      child.kill(signal)
      assert.deepEqual(await end(child), { code, out: `stopped: ${signal}\n`, err: '' })
    })

  test('a second signal ends a program that ignores the first', async () => {
    const child = start('stubborn')
    await ready(child)
    child.kill('SIGINT')
    child.kill('SIGTERM')
    assert.notEqual((await end(child)).code, 0)
  })

  test('a program that does not stop is ended by force', async () => {
    const child = start('hanging')
    await ready(child)
    child.kill('SIGTERM')
    const { code, err } = await end(child)
    assert.equal(code, 1)
    assert.match(err, /^lifecycle\/close-timeout/)
  })

  test('lifecycle/left-running names what still holds a finished program', async () => {
    const { code, err } = await end(start('leftover'))
    assert.equal(code, 1)
    assert.match(err, /^lifecycle\/left-running: something still runs: .*TCP.*Server/)
  })

  test('an unhandled rejection crashes, after closing', async () => {
    const { code, out, err } = await end(start('rejection'))
    assert.deepEqual([code, out], [1, 'closed\n'])
    assert.match(err, /^internal\/unexpected: uncaught: internal\/unexpected: nobody cares/)
  })

  for (const link of ['ipc', 'stdin'])
    test(`a child stops when its parent is killed: ${link}`, async () => {
      const parent = start(`parent-${link}`)
      await ready(parent)
      parent.kill('SIGKILL')
      // The pipe is shared with the child: it closes only when the child has ended too.
      assert.equal((await end(parent)).out, 'stopped: parent process is gone\n')
    })
})

function start(what: string): ChildProcessWithoutNullStreams {
  const env = { PATH: process.env.PATH }
  return spawn(process.execPath, [join(import.meta.dirname, 'runMain.fixture.ts'), what], { env })
}

async function ready(child: ChildProcessWithoutNullStreams): Promise<void> {
  const [chunk] = await once(child.stdout, 'data')
  assert.equal(String(chunk), 'ready\n')
}

async function end(child: ChildProcessWithoutNullStreams): Promise<{ code: number | null; out: string; err: string }> {
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, out, err }
}
