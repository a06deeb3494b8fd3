import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { TesseraError } from '@tessera/protocol/errors'
import { HandTimer } from '../handTimer.ts'
import { BlobPublisher, type PublishEvent } from './blobPublisher.ts'
import { Book } from './book.ts'
import type { Job, Outcome, Publication, Target } from './target.ts'

/** Whatever had gone wrong before: the test has seen it. */
async function closed(publisher: BlobPublisher): Promise<void> {
  await Promise.allSettled([publisher.close()])
}

const DONE: Outcome = { done: true, note: '' }
const RETRYABLE = new TesseraError('publish/busy', 'busy', { retryable: true })
const FINAL = new TesseraError('publish/forbidden', 'no')

const blob = (n: number, round = n, keep = false): Publication => ({
  ref: { digest: `0x${n.toString(16).padStart(64, '0')}`, size: 1000 + n },
  round,
  keep,
})

/** Does what the test says, and writes down what it was asked. */
class Recorder implements Target {
  readonly name: string
  readonly isForeign: boolean
  readonly published: number[] = []
  readonly removed: number[] = []
  answer: (job: Job) => Outcome | Error | Promise<Outcome> = () => DONE

  constructor(name = 'one', isForeign = false) {
    this.name = name
    this.isForeign = isForeign
  }

  wants({ ref }: Publication): boolean {
    return ref.size !== 1000
  }

  async check(): Promise<void> {}

  async publish(job: Job, _signal?: AbortSignal): Promise<Outcome> {
    this.published.push(job.ref.size - 1000)
    const answer = await this.answer(job)
    if (answer instanceof Error) throw answer
    return answer
  }

  async remove(job: Job): Promise<void> {
    this.removed.push(job.ref.size - 1000)
    const answer = await this.answer(job)
    if (answer instanceof Error) throw answer
  }
}

function open(t: TestContext, targets: readonly Target[], book = new Book(':memory:')) {
  const timer = new HandTimer(0)
  const events: PublishEvent[] = []
  const onEvent = (event: PublishEvent): unknown => events.push(event)
  const publisher = new BlobPublisher({ targets, book, timer, onEvent, random: () => 0 })
  t.after(() => closed(publisher))
  const kinds = (): string[] => events.map(({ kind, publication }) => `${kind} ${publication.ref.size - 1000}`)
  return { publisher, book, timer, events, kinds }
}

/** After a timer that was ended by hand: its sleeper has to run first. */
async function settle(publisher: BlobPublisher): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await publisher.idle()
}

describe('the publisher', () => {
  test('what is newest goes first, what is kept for good last, each once', async (t) => {
    const target = new Recorder()
    const { publisher, kinds } = open(t, [target])
    for (const publication of [blob(1), blob(7, 0, true), blob(3), blob(2), blob(3), blob(0)])
      publisher.add(publication)
    publisher.start()
    await publisher.idle()
    assert.deepEqual(target.published, [3, 2, 1, 7])
    assert.deepEqual(kinds(), ['published 3', 'published 2', 'published 1', 'published 7'])
    publisher.add(blob(3))
    await publisher.idle()
    assert.equal(target.published.length, 4)
    assert.deepEqual(publisher.waiting(), [{ target: 'one', blobs: 0 }])
  })

  test('a foreign target sees a round when it is allowed to, and a run’s own blobs at once', async (t) => {
    const own = new Recorder('own')
    const foreign = new Recorder('foreign', true)
    const { publisher } = open(t, [own, foreign])
    publisher.start()
    for (const publication of [blob(4), blob(5), blob(6, 0, true)]) publisher.add(publication)
    await publisher.idle()
    assert.deepEqual(own.published.toSorted(), [4, 5, 6])
    assert.deepEqual(foreign.published, [6])
    publisher.allow((round) => round <= 4)
    await publisher.idle()
    assert.deepEqual(foreign.published, [6, 4])
    publisher.allow(() => true)
    await publisher.idle()
    assert.deepEqual(foreign.published, [6, 4, 5])
  })

  test('a failure waits longer each time, and others do not wait for it', async (t) => {
    const target = new Recorder()
    const { publisher, timer, kinds } = open(t, [target])
    target.answer = ({ ref }) => (ref.size === 1009 ? RETRYABLE : DONE)
    publisher.start()
    for (const publication of [blob(9), blob(1)]) publisher.add(publication)
    await publisher.idle()
    assert.deepEqual(kinds(), ['failed 9', 'published 1'])
    for (let failures = 1; failures < 12; failures++) {
      timer.endLast()
      await settle(publisher)
    }
    const halves = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 150_000, 150_000, 150_000]
    assert.deepEqual(timer.asked, halves)
    target.answer = () => DONE
    timer.endLast()
    await settle(publisher)
    assert.equal(kinds().at(-1), 'published 9')
  })

  test('what an operator has to mend is tried rarely', async (t) => {
    const target = new Recorder()
    target.answer = () => FINAL
    const { publisher, timer, events } = open(t, [target])
    publisher.start()
    publisher.add(blob(1))
    await publisher.idle()
    assert.deepEqual(timer.asked, [150_000])
    assert.ok(events.length === 1 && events[0]?.kind === 'failed' && events[0].error === FINAL)
  })

  test('what is under way is asked about again, with the note of the last time', async (t) => {
    const target = new Recorder()
    const notes: string[] = []
    target.answer = ({ note }) => {
      notes.push(note)
      return note === 'half' ? { done: true, note: 'all' } : { done: false, note: 'half', againMs: 7_000 }
    }
    const { publisher, timer, book } = open(t, [target])
    publisher.start()
    publisher.add(blob(1))
    await publisher.idle()
    assert.deepEqual([timer.asked, notes], [[7_000], ['']])
    timer.endLast()
    await settle(publisher)
    assert.deepEqual(notes, ['', 'half'])
    assert.equal(book.find(1)?.note, 'all')
  })

  test('old rounds are removed, what is kept is not, and one that comes back goes there again', async (t) => {
    const target = new Recorder()
    const { publisher, book } = open(t, [target])
    publisher.start()
    for (const publication of [blob(1), blob(2), blob(3, 1, true)]) publisher.add(publication)
    await publisher.idle()
    publisher.collect(2)
    await publisher.idle()
    assert.deepEqual(target.removed, [1])
    assert.equal(book.find(1), undefined)
    publisher.add(blob(1, 5))
    await publisher.idle()
    assert.deepEqual(target.published.slice(-1), [1])
  })

  test('one that comes back while it is being removed, or ends while it is being sent', async (t) => {
    const target = new Recorder()
    const { publisher, kinds } = open(t, [target])
    const gate = Promise.withResolvers<Outcome>()
    publisher.start()
    publisher.add(blob(1))
    await publisher.idle()
    target.answer = () => gate.promise
    publisher.collect(2)
    await new Promise((resolve) => setImmediate(resolve))
    publisher.add(blob(1, 9))
    gate.resolve(DONE)
    await publisher.idle()
    assert.deepEqual(kinds(), ['published 1', 'removed 1', 'published 1'])

    const second = Promise.withResolvers<Outcome>()
    target.answer = () => second.promise
    publisher.add(blob(2, 3))
    await new Promise((resolve) => setImmediate(resolve))
    publisher.collect(4)
    target.answer = () => DONE
    second.resolve(DONE)
    await publisher.idle()
    assert.deepEqual(kinds().slice(-2), ['published 2', 'removed 2'])
  })

  test('a restart goes on with what was not done', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'tessera-publish-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const path = join(folder, 'publish.sqlite')
    const book = new Book(path)
    const first = new Recorder()
    first.answer = ({ ref }) => (ref.size === 1002 ? RETRYABLE : DONE)
    const before = open(t, [first], book)
    before.publisher.start()
    for (const publication of [blob(1), blob(2)]) before.publisher.add(publication)
    await before.publisher.idle()
    await before.publisher.close()
    book.close()

    const again = new Book(path)
    t.after(() => again.close())
    const second = new Recorder()
    const { publisher } = open(t, [second], again)
    assert.deepEqual(publisher.waiting(), [{ target: 'one', blobs: 1 }])
    publisher.start()
    await publisher.idle()
    assert.deepEqual(second.published, [2])
  })

  test('closing ends what is under way and says so afterwards: publish/closed', async (t) => {
    const target = new Recorder()
    const { publisher, events } = open(t, [target])
    target.publish = (_job, signal?: AbortSignal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    publisher.start()
    publisher.add(blob(1))
    await new Promise((resolve) => setImmediate(resolve))
    await publisher.close()
    assert.deepEqual(events, [])
    assert.throws(() => publisher.add(blob(2)), { code: 'publish/closed' })
  })

  test('a defect is no failure of the target: it is thrown', async (t) => {
    const target = new Recorder()
    target.answer = () => new TypeError('a defect')
    const { publisher } = open(t, [target])
    publisher.start()
    publisher.add(blob(1))
    await new Promise((resolve) => setImmediate(resolve))
    assert.throws(() => publisher.add(blob(2)), /a defect/)
    await assert.rejects(publisher.close(), /a defect/)
  })
})

test('a book that is damaged, or closed: publish/book', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-publish-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'publish.sqlite')
  await writeFile(path, 'this is no database, however long one looks at it'.repeat(100))
  assert.throws(() => new Book(path), { code: 'publish/book' })
  const book = new Book(':memory:')
  book.close()
  assert.throws(() => book.due('one'), { code: 'publish/book' })
})
