import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { aggregate } from '@tessera/protocol/aggregate'
import { compressUpdate } from '@tessera/protocol/compress'
import { type Contribution, decodeContribution } from '@tessera/protocol/contribution'
import { isTesseraError, type TesseraError } from '@tessera/protocol/errors'
import { createLayout } from '@tessera/protocol/layout'
import { HEADER as header } from '@tessera/protocol/records.fixture'
import { CHECK_PIECE, PIECE } from './messages.ts'
import { CodecPool } from './pool.ts'

// More pieces than threads, the last one cut short, and a tensor that ends within a piece.
const layout = createLayout([16 * (3 * PIECE + 5), 7, 16 * PIECE + 3], 16)
const codec = { chunkSize: 16, k: 4 }
const params = { clipQ8: 300, rateQ16: 60_000 }

const pool = new CodecPool({ workers: 3, smallModel: 1 })
after(() => pool.close())

const updateOf = (seed: number): Float32Array =>
  Float32Array.from({ length: layout.parameters }, (_, i) => Math.sin(seed + i * i))
const contribution = (seed: number): Contribution =>
  compressUpdate({ update: updateOf(seed), layout, codec, header }).contribution
const state = Int32Array.from({ length: layout.parameters }, (_, i) => 1000 * i)

function faultOf(act: () => unknown): TesseraError {
  try {
    act()
  } catch (error) {
    if (isTesseraError(error)) return error
    throw error
  }
  throw new Error('no fault')
}

test('threads give the bytes of one thread, and leave the same behind', async () => {
  const alone = compressUpdate({ update: updateOf(1), layout, codec, header })
  const update = updateOf(1)
  const steps: number[] = []
  const onProgress = (done: number, total: number): void => {
    steps.push(done)
    assert.equal(total, layout.chunks.length)
  }
  const { contribution: made, recordsRoot } = await pool.compress({ update, layout, codec, header }, { onProgress })
  assert.deepEqual(made, alone.contribution)
  assert.deepEqual(recordsRoot, alone.recordsRoot)
  assert.deepEqual(update, alone.residual)
  assert.equal(steps.at(-1), layout.chunks.length)
  assert.ok(steps.every((done, i) => i === 0 || done > steps[i - 1]!))
})

test('an update in shared memory is worked on where it is', async () => {
  const update = new Float32Array(new SharedArrayBuffer(4 * layout.parameters))
  update.set(updateOf(2))
  await pool.compress({ update, layout, codec, header })
  assert.deepEqual(
    Array.from(update),
    Array.from(compressUpdate({ update: updateOf(2), layout, codec, header }).residual),
  )
})

test('threads add a delta to the decayed rest, each to its own chunks', async () => {
  const alone = updateOf(3)
  const delta = { values: updateOf(4), decay: 0.9 }
  const wanted = compressUpdate({ update: alone, delta, layout, codec, header })
  const update = updateOf(3)
  const made = await pool.compress({ update, delta, layout, codec, header })
  assert.deepEqual(made.contribution, wanted.contribution)
  assert.deepEqual(update, alone)
  assert.deepEqual(delta.values, updateOf(4))
})

test('threads aggregate as one does, and the old state is kept', async () => {
  const all = [1, 2, 3].map(contribution)
  // As it comes from the network: its bytes in a larger piece of memory.
  all[0] = decodeContribution(Buffer.from(all[0]!.blob), { layout, codec })
  const before = state.slice()
  const wanted = aggregate(state, all, layout, params)
  const request = { state, contributions: all, layout, params }
  const [once, twice] = await Promise.all([pool.aggregate(request), pool.aggregate(request)])
  assert.deepEqual(Array.from(once), Array.from(wanted))
  assert.deepEqual(Array.from(twice), Array.from(wanted))
  assert.deepEqual(state, before)
  assert.deepEqual(Array.from(await pool.aggregate({ ...request, contributions: [] })), Array.from(state))
  const next = await pool.aggregate({ ...request, state: once })
  assert.deepEqual(Array.from(next), Array.from(aggregate(wanted, all, layout, params)), 'on what it gave')
  assert.deepEqual(Array.from(once), Array.from(wanted))
})

test('threads decode as one does, and name the first fault', async () => {
  const large = createLayout([16 * (2 * CHECK_PIECE + 5), 7, 16 * CHECK_PIECE + 3], 16)
  const update = Float32Array.from({ length: large.parameters }, (_, i) => Math.sin(i * i))
  const { blob, recordOffsets } = compressUpdate({ update, layout: large, codec, header }).contribution
  const context = { layout: large, codec }
  const steps: number[] = []
  const onProgress = (done: number): unknown => steps.push(done)
  const made = await pool.decode(Buffer.from(blob), context, { onProgress })
  assert.deepEqual(
    { ...made, blob: Buffer.from(made.blob) },
    { ...decodeContribution(blob, context), blob: Buffer.from(blob) },
  )
  assert.equal(steps.at(-1), large.chunks.length)
  const all = [made, made, decodeContribution(blob, context)]
  const zeros = new Int32Array(large.parameters)
  const next = await pool.aggregate({ state: zeros, contributions: all, layout: large, params })
  assert.deepEqual(Array.from(next), Array.from(aggregate(zeros, all, large, params)))

  const bad = blob.slice()
  // A magnitude of zero, then the same with a ratio: each in a piece of its own.
  for (const chunk of [3 * CHECK_PIECE, 2 * CHECK_PIECE + 1, CHECK_PIECE + 70])
    bad.fill(0, recordOffsets[chunk], recordOffsets[chunk]! + 1)
  bad.fill(0xff, recordOffsets[CHECK_PIECE + 70], recordOffsets[CHECK_PIECE + 70]! + 2)
  const wanted = faultOf(() => decodeContribution(bad, context))
  assert.equal(wanted.code, 'contribution/record-magnitude')
  await assert.rejects(pool.decode(bad, context), { code: wanted.code, context: wanted.context })
  await assert.rejects(pool.decode(blob.slice(1), context), { code: 'contribution/bad-magic' })
  await assert.rejects(pool.decode(blob, context, { signal: AbortSignal.abort(new Error('enough')) }), /enough/)
})

test('small models need no threads', async () => {
  const none = new CodecPool({ script: new URL('./nowhere.ts', import.meta.url) })
  const alone = compressUpdate({ update: updateOf(1), layout, codec, header })
  const made = await none.compress({ update: updateOf(1), layout, codec, header })
  assert.deepEqual(made.contribution, alone.contribution)
  const all = [contribution(1)]
  assert.deepEqual(await none.decode(all[0]!.blob, { layout, codec }), all[0])
  assert.deepEqual(
    await none.aggregate({ state, contributions: all, layout, params }),
    aggregate(state, all, layout, params),
  )
})

test('errors come through as they are, and the pool goes on', async () => {
  const update = updateOf(1)
  update[16 * PIECE] = Number.NaN
  await assert.rejects(pool.compress({ update, layout, codec, header }), {
    code: 'compress/non-finite',
    hint: /learning rate/,
  })
  await assert.rejects(pool.compress({ update: new Float32Array(3), layout, codec, header }), {
    code: 'compress/length',
  })
  const bad = { state: new Int32Array(3), contributions: [contribution(1)], layout, params }
  await assert.rejects(pool.aggregate(bad), {
    code: 'aggregate/mismatch',
    context: { what: 'state entries', actual: 3, wanted: layout.parameters },
  })
  const made = await pool.compress({ update: updateOf(1), layout, codec, header })
  assert.deepEqual(made.contribution, contribution(1))
})

test('a call ends at once when it is aborted, before or within', async () => {
  const reason = new Error('enough')
  const request = { layout, codec, header }
  await assert.rejects(
    pool.compress({ ...request, update: updateOf(1) }, { signal: AbortSignal.abort(reason) }),
    reason,
  )
  const abort = new AbortController()
  const update = new Float32Array(new SharedArrayBuffer(4 * layout.parameters))
  const onProgress = (): void => abort.abort(reason)
  await assert.rejects(pool.compress({ ...request, update }, { signal: abort.signal, onProgress }), reason)
})

test('a thread that dies is an error, and others take its place', async (t) => {
  const dead = new CodecPool({
    workers: 2,
    smallModel: 1,
    script: new URL(`data:text/javascript,${encodeURIComponent('process.exit(3)')}`),
  })
  t.after(() => dead.close())
  const request = { update: updateOf(1), layout, codec, header }
  await assert.rejects(dead.compress(request), { code: 'codec/worker-failed', retryable: true })
  await assert.rejects(dead.compress(request), { code: 'codec/worker-failed' })
  const throws = new CodecPool({
    workers: 1,
    smallModel: 1,
    script: new URL(`data:text/javascript,${encodeURIComponent('throw new RangeError("no memory")')}`),
  })
  t.after(() => throws.close())
  await assert.rejects(throws.compress(request), (error: Error) => error.cause instanceof RangeError)
})

test('what is under way when the pool is closed fails', async () => {
  const closing = new CodecPool({ workers: 1, smallModel: 1 })
  const call = closing.compress({ update: updateOf(1), layout, codec, header })
  await Promise.resolve()
  const failed = assert.rejects(call, { code: 'codec/worker-failed' })
  await closing.close()
  await failed
})
