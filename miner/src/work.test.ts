import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { tempFolder } from '@tessera/node/testing/parts'
import { hash32 } from '@tessera/node/testing/storyParts'
import type { Hex } from '@tessera/protocol/hex'
import { Random } from '@tessera/training/random'
import fc from 'fast-check'
import { decodeWork, encodeWork, freshWork, type Work, WorkFolder } from './work.ts'

const PARAMETERS = 10
const HEADER = 16

function workOf(seed: number): Work {
  const random = new Random(seed)
  const values = () => Float32Array.from({ length: PARAMETERS }, () => random.normal())
  return { feedback: values(), optimizer: { step: seed, m: values(), v: values().map(Math.abs) } }
}

const GOOD = encodeWork(workOf(7))
const isBad = { code: 'miner/bad-work-file', retryable: false }

async function folder(t: TestContext, counted?: (round: bigint, trainSeed: Hex) => boolean) {
  const path = await tempFolder(t)
  const work = new WorkFolder({ folder: path, parameters: PARAMETERS, counts: counted ?? (() => true) })
  return { path, work }
}

const seedOf = (round: bigint | number): Hex => hash32('train', round)
const nameOf = (round: number): string => `${String(round).padStart(10, '0')}-${seedOf(round).slice(2)}.work`

test('what is written is what is read', () => {
  const seeds = fc.integer({ min: 0, max: 2 ** 31 })
  fc.assert(
    fc.property(seeds, (seed) => {
      assert.deepEqual(decodeWork(encodeWork(workOf(seed)), PARAMETERS), workOf(seed))
    }),
  )
  // From a buffer that is part of a larger one, as files may be read.
  const shifted = new Uint8Array(GOOD.length + 3)
  shifted.set(GOOD, 3)
  assert.deepEqual(decodeWork(shifted.subarray(3), PARAMETERS), workOf(7))
  // Feedback that is a view of a larger array.
  const { feedback, optimizer } = workOf(7)
  const long = new Float32Array(30)
  long.set(feedback, 5)
  assert.deepEqual(encodeWork({ feedback: long.subarray(5, 15), optimizer }), GOOD)
})

test('the beginning is no feedback and a fresh optimiser', () => {
  const { feedback, optimizer } = freshWork(3)
  assert.deepEqual(feedback, new Float32Array(3))
  assert.equal(optimizer.step, 0)
})

test('a file of any other length is refused', () => {
  for (let length = 0; length < GOOD.length; length++)
    assert.throws(() => decodeWork(GOOD.subarray(0, length), PARAMETERS), isBad, `${length} bytes`)
  assert.throws(() => decodeWork(Uint8Array.from([...GOOD, 0]), PARAMETERS), isBad)
})

test('a file of another kind, version or model is refused', () => {
  assert.throws(() => decodeWork(GOOD, PARAMETERS + 1), isBad)
  assert.throws(() => decodeWork(GOOD, PARAMETERS - 1), isBad)
  // Both headers; of the optimiser's all but the count of steps, which can be anything.
  const places = Array.from({ length: 2 * HEADER - 4 }, (_, at) => at)
  for (const at of places)
    for (const bit of [0, 7]) {
      const flipped = GOOD.with(at, (GOOD[at] as number) ^ (1 << bit))
      assert.throws(() => decodeWork(flipped, PARAMETERS), isBad, `byte ${at}`)
    }
})

test('numbers that nothing can be computed with are refused', () => {
  const { feedback, optimizer } = workOf(7)
  const { m, v } = optimizer
  const cases: readonly Work[] = [
    { feedback: feedback.with(3, Number.NaN), optimizer },
    { feedback: feedback.with(9, Number.POSITIVE_INFINITY), optimizer },
    { feedback, optimizer: { ...optimizer, m: m.with(0, Number.NaN) } },
    { feedback, optimizer: { ...optimizer, v: v.with(0, -1) } },
  ]
  for (const work of cases) assert.throws(() => decodeWork(encodeWork(work), PARAMETERS), isBad)
})

test('a round starts from the work of the latest earlier round', async (t) => {
  const { work } = await folder(t)
  assert.deepEqual((await work.before(1n)).work, freshWork(PARAMETERS))
  await work.save(1n, seedOf(1), workOf(1))
  await work.save(3n, seedOf(3), workOf(3))
  assert.deepEqual((await work.before(1n)).work, freshWork(PARAMETERS))
  assert.deepEqual((await work.before(2n)).work, workOf(1))
  assert.deepEqual((await work.before(3n)).work, workOf(1))
  assert.deepEqual((await work.before(4n)).work, workOf(3))
  assert.deepEqual((await work.before(1_000n)).work, workOf(3))
})

test('rounds are in the order of their numbers, not of their digits', async (t) => {
  const { work } = await folder(t)
  await work.save(9n, seedOf(9), workOf(9))
  await work.save(10n, seedOf(10), workOf(10))
  assert.deepEqual((await work.before(11n)).work, workOf(10))
})

test('work whose contribution never counted is not used', async (t) => {
  const counted = new Set<Hex>([seedOf(1)])
  const { work } = await folder(t, (_, trainSeed) => counted.has(trainSeed))
  await work.save(1n, seedOf(1), workOf(1))
  // Of a chain that lost the round and opened it anew.
  await work.save(1n, hash32('other'), workOf(50))
  await work.save(2n, seedOf(2), workOf(2))
  assert.deepEqual((await work.before(3n)).work, workOf(1))
  counted.add(seedOf(2))
  assert.deepEqual((await work.before(3n)).work, workOf(2))
  counted.clear()
  assert.deepEqual((await work.before(3n)).work, freshWork(PARAMETERS))
})

test('work that is saved again replaces what was there', async (t) => {
  const { work } = await folder(t)
  await work.save(1n, seedOf(1), workOf(1))
  await work.save(1n, seedOf(1), workOf(2))
  assert.deepEqual((await work.before(2n)).work, workOf(2))
})

test('only the last files are kept', async (t) => {
  const { work, path } = await folder(t)
  for (const round of [1, 2, 3, 4, 5]) await work.save(BigInt(round), seedOf(round), workOf(round))
  assert.deepEqual((await readdir(path)).sort(), [nameOf(3), nameOf(4), nameOf(5)])
})

test('files of rounds that the chain lost do not push out those of the present ones', async (t) => {
  const { work, path } = await folder(t)
  for (const round of [97, 98, 99]) await work.save(BigInt(round), seedOf(round), workOf(round))
  await work.save(50n, seedOf(50), workOf(50))
  assert.deepEqual((await work.before(51n)).work, workOf(50))
  await work.save(51n, seedOf(51), workOf(51))
  assert.deepEqual((await readdir(path)).sort(), [nameOf(50), nameOf(51)])
})

test('other files in the folder are left alone', async (t) => {
  const { work, path } = await folder(t)
  const strange = ['notes.txt', `${'9'.repeat(10)}-short.work`, `${nameOf(9)}.1-0.tmp`, `9${nameOf(9)}`]
  for (const name of strange) await writeFile(join(path, name), 'x')
  for (const round of [1, 2, 3, 4]) await work.save(BigInt(round), seedOf(round), workOf(round))
  assert.deepEqual((await work.before(5n)).work, workOf(4))
  for (const name of strange) assert.ok((await readdir(path)).includes(name), name)
})

test('a damaged file is told and not passed over', async (t) => {
  const { work, path } = await folder(t)
  await work.save(1n, seedOf(1), workOf(1))
  for (const damaged of [GOOD.subarray(0, 50), new Uint8Array(), new Uint8Array(100_000)]) {
    await writeFile(join(path, nameOf(2)), damaged)
    await assert.rejects(work.before(3n), isBad)
  }
})
