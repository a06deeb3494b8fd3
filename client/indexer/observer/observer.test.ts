import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { logOf } from '@tessera/chain/events.fixture'
import { memoryStore, tempFolder } from '@tessera/node/testing/parts'
import { OWNER, STORY_PARAMS } from '@tessera/node/testing/storyParts'
import { tinyRun } from '@tessera/node/testing/tinyRun'
import type { TinyStory } from '@tessera/node/testing/tinyStory'
import type { TesseraError } from '@tessera/protocol/errors'
import { lineageOf } from '@tessera/protocol/runView'
import { Evaluator } from '@tessera/training/evaluator'
import { Generator } from '@tessera/training/generate'
import { HeldOut } from '@tessera/training/heldOut'
import { toFloat } from '@tessera/training/parameters'
import { bytesTokenizer } from '@tessera/training/tokenizer/bytesTokenizer'
import { SHOWCASE, writeText } from '@tessera/training/writing'
import { MemoryBook } from './memoryBook.fixture.ts'
import { scene } from './scene.fixture.ts'

const { bundle, manifest } = await tinyRun()
const program = await Evaluator.create({ program: bundle.programs.evaluate, config: bundle.model, batch: 2 })
const generator = await Generator.create({ program: bundle.programs.generate, config: bundle.model })
const heldOut = new HeldOut({ data: bundle.data, program })
after(async () => {
  await program.dispose()
  await generator.dispose()
})

/** What anyone who has the state finds. */
async function measured(tiny: TinyStory, root: `0x${string}`) {
  const parameters = toFloat(tiny.stateOf(root))
  const settings = { ...SHOWCASE, seed: 1 }
  const text = await writeText({ ...settings, generator, tokenizer: bytesTokenizer, parameters })
  return { loss: (await heldOut.loss(parameters)) ?? null, sample: { ...settings, text } }
}

const rootsOf = (tiny: TinyStory) => [
  tiny.story.params.genesisRoot,
  ...lineageOf(tiny.story.state).map(({ root }) => root),
]
const codes = (errors: readonly unknown[]) => errors.map((error) => (error as TesseraError).code)

test('measures every state of a run in order, from the genesis on', async (t) => {
  const { tiny, book, open, look, observed, errors } = await scene(t)
  const observer = await open()
  await tiny.finalRound()
  await tiny.finalRound()
  await look(observer)
  assert.deepEqual(errors, [])
  const roots = rootsOf(tiny)
  assert.equal(roots.length, 3)
  assert.deepEqual(
    book.puts.filter((put) => put.startsWith('checkpoint')),
    roots.map((root) => `checkpoint ${root}`),
  )
  for (const root of roots) assert.deepEqual(book.checkpoints.get(`1/${root}`), await measured(tiny, root))
  assert.equal(observer.progress.error, null)
  assert.deepEqual(observer.progress.runs, [{ run: 1, round: 2, behind: 0 }])
  assert.ok(observed.length > 0 && observed.every((run) => run === 1n))
  // What is included is read before its state is told of.
  for (const made of tiny.made.values())
    assert.deepEqual(book.contributions.get(made.opening.digest), { samples: 6, steps: 3, fault: null })

  await tiny.finalRound()
  await look(observer)
  assert.equal(book.checkpoints.size, 4)
  assert.deepEqual(observer.progress.runs, [{ run: 1, round: 3, behind: 0 }])
})

test('says what the manifest says, for people', async (t) => {
  const { story, book, open, look } = await scene(t)
  await look(await open())
  const found = book.manifests.get(story.params.manifestDigest)
  assert.deepEqual(
    [found?.name, found?.parameters, found?.tokensPerRound, found?.tokensPerSample],
    ['tiny', bundle.layout.parameters, 48, 8],
  )
  const facts = new Map(found?.facts.map(({ label, value }) => [label, value]))
  assert.equal(facts.get('Layers'), '1')
  assert.equal(facts.get('Tokenizer'), 'bytes of UTF-8')
  assert.equal(facts.get('Learning rate'), '0.01')
  assert.equal(facts.get('Held-out text'), '32 tokens')
})

test('does nothing again that the book has, and goes on from the states on disk', async (t) => {
  const { tiny, book, nodes, open, look, errors } = await scene(t)
  const first = await open()
  await tiny.finalRound()
  await tiny.finalRound()
  await look(first)
  await first.close()
  const before = book.puts.length
  // With nobody to fetch from: nothing is asked for.
  await look(await open({ mirrors: [] }))
  assert.equal(book.puts.length, before)
  assert.deepEqual(errors, [])

  // The contributions of old rounds are gone, and are not needed.
  await nodes.collect({ keepFromRound: 3, maxBytes: 2 ** 26 })
  await tiny.finalRound()
  const later = await open()
  await look(later)
  assert.deepEqual(errors, [])
  assert.deepEqual(
    book.puts.slice(before).filter((put) => put.startsWith('checkpoint')),
    [`checkpoint ${rootsOf(tiny)[3]}`],
  )
})

test('a book that has lost something gets it again; states that are gone are folded again, not measured', async (t) => {
  const { tiny, book, open, look } = await scene(t)
  await tiny.finalRound()
  await tiny.finalRound()
  await look(await open())
  const roots = rootsOf(tiny)
  const all = [...book.checkpoints]
  book.checkpoints.delete(`1/${roots[1]}`)
  book.puts.length = 0
  await look(await open())
  assert.deepEqual(book.puts.at(-1), `checkpoint ${roots[1]}`)
  assert.deepEqual(new Map(all), book.checkpoints)

  book.checkpoints.delete(`1/${roots[2]}`)
  book.puts.length = 0
  await look(await open({ folder: await tempFolder(t) }))
  assert.deepEqual(
    book.puts.filter((put) => put.startsWith('checkpoint')),
    [`checkpoint ${roots[2]}`],
  )
})

test('a run that cannot be read is told of, asked again later, and keeps no other from being read', async (t) => {
  const { story, chain, book, clock, errors, open, look } = await scene(t)
  const observer = await open()
  chain.mine(story)
  const other = { run: 2n, owner: OWNER, params: { ...STORY_PARAMS, maxMiners: 7 }, deposit: 0n }
  chain.chain.mine([logOf(chain.deployment, 'runCoordinator', 'RunCreated', other)])
  await look(observer)
  assert.deepEqual(codes(errors), ['storage/not-found'])
  assert.match(observer.progress.error ?? '', /^run 2: storage\/not-found/)
  assert.deepEqual(
    observer.progress.runs.map(({ run }) => run),
    [1, 2],
  )
  assert.equal(book.checkpoints.size, 1)
  await look(observer)
  assert.equal(errors.length, 1)
  await clock.advance(5_000)
  await look(observer)
  assert.equal(errors.length, 2)
  await clock.advance(5_000)
  await look(observer)
  assert.equal(errors.length, 2)
})

test('a run to which money was given before it was created is a run like any other', async (t) => {
  const { story, chain, book, open, look } = await scene(t)
  const observer = await open()
  chain.mine(story)
  const { deployment } = chain
  const event = { manager: deployment.runCoordinator, run: 2n, from: OWNER, amount: 1n }
  chain.chain.mine([logOf(deployment, 'rewardEscrow', 'Granted', event)])
  await look(observer)
  assert.deepEqual(
    observer.progress.runs.map(({ run }) => run),
    [1],
  )
  const created = { run: 2n, owner: OWNER, params: story.params, deposit: 0n }
  chain.chain.mine([logOf(deployment, 'runCoordinator', 'RunCreated', created)])
  await look(observer)
  assert.ok(book.checkpoints.has(`2/${story.params.genesisRoot}`))
})

test('a manifest of another version is no manifest', async (t) => {
  const other = new TextEncoder().encode('{"version":3}')
  const elsewhere = await memoryStore(t)
  const { digest, size } = await elsewhere.put(other, { round: 0, maxBytes: 100 })
  const { book, errors, open, look, publish } = await scene(t, { manifestDigest: digest, manifestSize: BigInt(size) })
  await publish(other)
  await look(await open())
  assert.deepEqual(codes(errors), ['manifest/invalid'])
  assert.deepEqual(book.puts, [])
})

test('a model that is too large for the store is not begun', async (t) => {
  const { book, errors, open, look } = await scene(t)
  await look(await open({ quotaBytes: 8 * manifest.genesis.size - 1 }))
  assert.deepEqual(codes(errors), ['observer/too-large'])
  assert.deepEqual(book.puts, ['manifest tiny'])
})

test('a round whose contributions nobody has is waited for', async (t) => {
  const { tiny, nodes, book, clock, errors, open, look } = await scene(t)
  const observer = await open()
  await tiny.finalRound()
  await nodes.collect({ keepFromRound: 2, maxBytes: 2 ** 26 })
  await look(observer)
  assert.deepEqual(codes(errors), ['node/contribution-unavailable'])
  assert.deepEqual(observer.progress.runs, [{ run: 1, round: 0, behind: 1 }])
  assert.equal(book.checkpoints.size, 1)
  for (const { blob } of tiny.made.values()) await nodes.put(blob, { round: 1, maxBytes: 2 ** 20 })
  await clock.advance(5_000)
  await look(observer)
  assert.equal(book.checkpoints.size, 2)
  assert.deepEqual(observer.progress, { error: null, runs: [{ run: 1, round: 1, behind: 0 }] })
})

test('follows the chain when it loses rounds', async (t) => {
  const { tiny, chain, book, errors, open, look } = await scene(t)
  const observer = await open()
  await tiny.finalRound()
  await look(observer)
  const common = tiny.story.blocks.length
  const lost = tiny.fork('lost')
  await lost.finalRound([1, 0])
  chain.mine(lost.story)
  await observer.step(() => undefined)
  assert.ok(book.checkpoints.has(`1/${rootsOf(lost)[2]}`))
  await tiny.finalRound()
  await tiny.finalRound()
  chain.switchTo(tiny.story, common)
  await observer.step(() => undefined)
  assert.deepEqual(errors, [])
  for (const root of rootsOf(tiny)) assert.ok(book.checkpoints.has(`1/${root}`))
  assert.deepEqual(observer.progress.runs, [{ run: 1, round: 3, behind: 0 }])
})

test('ends in the middle when it is told to stop', async (t) => {
  const { tiny, book, errors, stop, open, look } = await scene(t)
  await tiny.finalRound()
  class StoppingBook extends MemoryBook {
    override putManifest = async () => stop.abort(new Error('stopped'))
  }
  const stopping = new StoppingBook()
  await look(await open({ book: stopping }))
  assert.deepEqual([stopping.checkpoints.size, book.puts, errors], [0, [], []])
})
