import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { ManualClock } from '@tessera/agent/manualClock'
import { serveChain } from '@tessera/node/testing/rpcServer'
import { isTesseraError, type TesseraError } from '@tessera/protocol/errors'
import { lineageOf } from '@tessera/protocol/runView'
import { MemoryBook } from './memoryBook.fixture.ts'
import { scene } from './scene.fixture.ts'
import { type StartObserverOptions, startObserver } from './startObserver.ts'

/** What a process of its own is started with, and what it reports, one after the other. */
async function parts(t: TestContext, more: Partial<StartObserverOptions> = {}) {
  const { tiny, chain, folder, url } = await scene(t)
  const deploymentFile = join(folder, 'deployment.json')
  await writeFile(deploymentFile, chain.file)
  const errors: unknown[] = []
  const book = new MemoryBook()
  let onEvent: () => void = () => undefined
  const options: StartObserverOptions = {
    rpcUrl: await serveChain(t, chain.chain),
    deploymentFile,
    folder: join(folder, 'observer'),
    quotaBytes: 2 ** 26,
    mirrors: [url],
    allowPrivate: true,
    device: 'cpu',
    book,
    onObserved: () => onEvent(),
    onError: (error) => {
      errors.push(error)
      onEvent()
    },
    signal: new AbortController().signal,
    ...more,
  }
  /** Resolves when something has been reported that makes the condition true. */
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      onEvent = () => condition() && resolve()
      onEvent()
    })
  return { tiny, chain, book, errors, options, until }
}

test('observes in a process of its own, and ends with its last answer', async (t) => {
  const { tiny, chain, book, errors, options, until } = await parts(t)
  await tiny.finalRound()
  chain.mine(tiny.story)
  const observer = startObserver(options)
  t.after(() => observer.close())
  await until(() => book.checkpoints.size === 2)
  await observer.close()
  assert.deepEqual(errors, [])
  const [final] = lineageOf(tiny.story.state)
  assert.equal(book.checkpoints.get(`1/${final?.root}`)?.sample?.prompt, '\n# ')
  assert.equal(book.manifests.size, 1)

  // Another process goes on in the same folder.
  await tiny.finalRound()
  chain.mine(tiny.story)
  const again = startObserver(options)
  t.after(() => again.close())
  await until(() => book.checkpoints.size === 3)
  await again.close()
  assert.deepEqual(errors, [])
})

test('what keeps the book from being written is told, and the run is asked again later', async (t) => {
  class FullBook extends MemoryBook {
    override putManifest = () => Promise.reject(new Error('the disk is full'))
  }
  const { tiny, chain, errors, options, until } = await parts(t, { book: new FullBook() })
  chain.mine(tiny.story)
  const observer = startObserver(options)
  t.after(() => observer.close())
  await until(() => errors.length > 0)
  assert.match((errors[0] as Error).message, /the disk is full/)
  await observer.close()
})

test('a process that ends by itself is told of and started anew, later each time', async (t) => {
  const clock = new ManualClock()
  const { errors, options, until } = await parts(t, { clock })
  const file = join(options.folder, '..', 'failing.mjs')
  await writeFile(file, `console.error('out of memory')\nprocess.exit(1)\n`)
  const observer = startObserver({ ...options, script: pathToFileURL(file) })
  t.after(() => observer.close())
  for (const [count, wait] of [2_000, 4_000].entries()) {
    await until(() => errors.length === count + 1)
    const error = errors[count] as TesseraError
    assert.ok(isTesseraError(error, 'observer/ended') && error.retryable)
    assert.equal(error.hint, 'out of memory')
    assert.match(observer.progress().error ?? '', /^observer\/ended/)
    await clock.whenSleeping()
    await clock.advance(wait - 1)
    assert.equal(errors.length, count + 1)
    await clock.advance(1)
  }
  await until(() => errors.length === 3)
  await observer.close()
})

test('a chain that is another one ends the process, with its reason', async (t) => {
  const clock = new ManualClock()
  const { chain, errors, options, until } = await parts(t, { clock })
  chain.chain.chainId = 5
  const observer = startObserver(options)
  t.after(() => observer.close())
  await until(() => errors.length === 1)
  assert.match((errors[0] as TesseraError).hint ?? '', /^chain\/wrong-chain/)
  await observer.close()
})
