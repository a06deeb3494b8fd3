import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { decodeContribution, recordsTree } from '@tessera/protocol/contribution'
import { TesseraError } from '@tessera/protocol/errors'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import type { Revealed } from '@tessera/protocol/runView'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import { author as authorAt } from '@tessera/storage/testSource'
import type { Transport } from '@tessera/storage/transport'
import fc from 'fast-check'
import type { CodecPool } from './codecPool/pool.ts'
import { ContributionReader } from './contributionReader.ts'
import { memoryStore, serve } from './testing/parts.ts'
import { hash32, minerAddress, RUN } from './testing/storyParts.ts'
import { type ContributionRequest, type MadeContribution, makeContribution, tinyRun } from './testing/tinyRun.ts'

const tiny = await tinyRun()
const BASE = hash32('base')
const MINER = minerAddress(0)
const REQUEST: ContributionRequest = { round: 3n, miner: MINER, baseRoot: BASE, seed: 1 }
const GOOD = await makeContribution(REQUEST)

/** As its author would have revealed it; what differs is said. */
function revealed(made: MadeContribution, more: Partial<Revealed> = {}): Revealed {
  const { contributionRoot, digest, size } = made.opening
  return { run: RUN, round: 3n, slot: 0, operator: MINER, contributionRoot, digest, size, baseRoot: BASE, ...more }
}

/** An author's store on the loopback, and a reader with a store of its own. */
async function scene(t: TestContext, store?: EmbeddedStore, codec?: Pick<CodecPool, 'decode'>) {
  const author = await memoryStore(t)
  const gateway = await serve(t, author)
  const own = store ?? (await memoryStore(t))
  const asked: Hex[] = []
  const sources = [authorAt(gateway.url)]
  const stop = new AbortController()
  const reader = new ContributionReader({
    bundle: tiny.bundle,
    store: own,
    sources: (operator) => {
      asked.push(operator)
      return sources
    },
    deadlineMs: 60_000,
    signal: stop.signal,
    ...(codec === undefined ? {} : { codec }),
  })
  const publish = (blob: Uint8Array) => author.put(blob, { round: 3, maxBytes: 2 ** 20 })
  return { author, gateway, own, reader, asked, sources, stop, publish }
}

/** Blobs of any content, published, and the verdict on them. */
async function verdictOn(t: TestContext, blob: Uint8Array, more: Partial<Revealed> = {}) {
  const { reader, publish } = await scene(t)
  const { digest, size } = await publish(blob)
  return await reader.read(revealed(GOOD, { digest, size: BigInt(size), ...more }))
}

test('a thread that fails while decoding says nothing about the author, who is read again', async (t) => {
  let calls = 0
  const decode: CodecPool['decode'] = async (blob, context) => {
    if (calls++ === 0) throw new TesseraError('codec/worker-failed', 'a thread ended')
    return decodeContribution(blob, context)
  }
  const { reader, publish } = await scene(t, undefined, { decode })
  await publish(GOOD.blob)
  await assert.rejects(reader.read(revealed(GOOD)), { code: 'codec/worker-failed' })
  assert.equal((await reader.read(revealed(GOOD))).kind, 'valid')
  assert.equal(calls, 2)
})

test('a contribution as it was revealed is valid', async (t) => {
  const { reader, publish, asked } = await scene(t)
  await publish(GOOD.blob)
  const wanted = revealed(GOOD)
  assert.equal(reader.peek(wanted), undefined)
  const verdict = await reader.read(wanted)
  assert.equal(verdict.kind, 'valid')
  if (verdict.kind !== 'valid') return
  assert.deepEqual(verdict.contribution, GOOD.contribution)
  assert.equal(verdict.bytes, GOOD.blob.length)
  assert.equal(verdict.recordsRoot, bytesToHex(recordsTree(GOOD.contribution).root))
  assert.equal(reader.peek(wanted), verdict)
  assert.deepEqual(asked, [MINER])
})

test('the root of the records is the same whoever sends them, the contribution root is not', async (t) => {
  const { reader, publish } = await scene(t)
  const copy = await makeContribution({ ...REQUEST, miner: minerAddress(1) })
  await publish(GOOD.blob)
  await publish(copy.blob)
  const one = await reader.read(revealed(GOOD))
  const two = await reader.read(revealed(copy, { slot: 1, operator: minerAddress(1) }))
  assert.ok(one.kind === 'valid' && two.kind === 'valid')
  assert.equal(one.recordsRoot, two.recordsRoot)
  assert.notEqual(GOOD.opening.contributionRoot, copy.opening.contributionRoot)
})

test('a size that no contribution of this run can have is refused before anything is fetched', async (t) => {
  const { reader, asked } = await scene(t)
  for (const size of [0n, 1n, 165n, 1_000_000n, 2n ** 60n]) {
    const verdict = await reader.read(revealed(GOOD, { size, contributionRoot: hash32(size) }))
    assert.deepEqual(verdict, { kind: 'fault', reason: 'malformed', detail: 'contribution/length' })
  }
  assert.deepEqual(asked, [])
})

test('a size that the blob does not have is the author’s fault', async (t) => {
  for (const by of [-1n, 1n]) {
    const { reader, publish } = await scene(t)
    await publish(GOOD.blob)
    const verdict = await reader.read(revealed(GOOD, { size: GOOD.opening.size + by }))
    assert.deepEqual(verdict, { kind: 'fault', reason: 'malformed', detail: 'storage/shape' })
  }
})

test('garbage is malformed', async (t) => {
  const garbage = await verdictOn(t, new Uint8Array(700).fill(7))
  assert.deepEqual(garbage, { kind: 'fault', reason: 'malformed', detail: 'contribution/bad-magic' })
  const longer = await verdictOn(t, Uint8Array.from([...GOOD.blob, 0]))
  assert.deepEqual(longer, { kind: 'fault', reason: 'malformed', detail: 'contribution/length' })
  const version = await verdictOn(t, GOOD.blob.with(5, 9))
  assert.deepEqual(version, { kind: 'fault', reason: 'malformed', detail: 'contribution/bad-version' })
})

test('no change of a bit goes unnoticed', async (t) => {
  const { reader, publish } = await scene(t)
  const bits = fc.nat(8 * GOOD.blob.length - 1)
  await fc.assert(
    fc.asyncProperty(bits, async (bit) => {
      const at = bit >> 3
      const blob = GOOD.blob.with(at, (GOOD.blob[at] as number) ^ (1 << (bit & 7)))
      const { digest, size } = await publish(blob)
      // Another slot for each, so that each is a reading of its own.
      const verdict = await reader.read(revealed(GOOD, { digest, size: BigInt(size), slot: 100 + bit }))
      assert.equal(verdict.kind, 'fault')
    }),
    { numRuns: 60 },
  )
})

test('a contribution made for something else has the wrong header', async (t) => {
  const cases: readonly [Partial<ContributionRequest>, string][] = [
    [{ miner: minerAddress(1) }, 'contribution/wrong-miner'],
    [{ round: 2n }, 'contribution/wrong-round'],
    [{ run: RUN + 1n }, 'contribution/wrong-run'],
    [{ baseRoot: hash32('other base') }, 'contribution/wrong-base'],
    [{ innerSteps: 4 }, 'contribution/wrong-samples'],
  ]
  for (const [change, detail] of cases) {
    const { reader, publish } = await scene(t)
    const made = await makeContribution({ ...REQUEST, ...change })
    await publish(made.blob)
    assert.deepEqual(await reader.read(revealed(made)), { kind: 'fault', reason: 'wrong-header', detail })
  }
})

test('fewer steps than asked for are allowed', async (t) => {
  const { reader, publish } = await scene(t)
  const made = await makeContribution({ ...REQUEST, innerSteps: 1 })
  await publish(made.blob)
  assert.equal((await reader.read(revealed(made))).kind, 'valid')
})

test('a root that was revealed for other records is a fault', async (t) => {
  const { reader, publish } = await scene(t)
  const other = await makeContribution({ ...REQUEST, seed: 2 })
  await publish(GOOD.blob)
  const { contributionRoot } = other.opening
  assert.deepEqual(await reader.read(revealed(GOOD, { contributionRoot })), {
    kind: 'fault',
    reason: 'wrong-header',
    detail: 'contribution/root-mismatch',
  })
})

test('what is not to be had now is asked for again, and found once it is there', async (t) => {
  const { reader, publish } = await scene(t)
  const wanted = revealed(GOOD)
  await assert.rejects(reader.read(wanted), {
    code: 'node/contribution-unavailable',
    retryable: true,
    context: { digest: wanted.digest, operator: MINER, reason: 'storage/not-found' },
  })
  assert.equal(reader.peek(wanted), undefined)
  await publish(GOOD.blob)
  assert.equal((await reader.read(wanted)).kind, 'valid')
  assert.equal(reader.peek(wanted)?.kind, 'valid')
})

test('an author that nobody can reach is no reason to stop', async (t) => {
  const nowhere = await scene(t)
  nowhere.sources.length = 0
  await assert.rejects(nowhere.reader.read(revealed(GOOD)), {
    code: 'node/contribution-unavailable',
    retryable: true,
    context: { digest: GOOD.opening.digest, operator: MINER, reason: 'storage/no-source' },
  })
  nowhere.sources.push(...['not a url', 'ftp://example.org'].map(authorAt))
  await assert.rejects(nowhere.reader.read(revealed(GOOD)), { code: 'node/contribution-unavailable', retryable: true })

  // A name that leads into this machine's own network.
  const resolve = () => Promise.resolve([{ address: '10.0.0.1', family: 4 }])
  const inward = await scene(t, await memoryStore(t, { allowLoopback: false, resolve }))
  inward.sources.splice(0, 1, authorAt('https://miner.example'))
  await assert.rejects(inward.reader.read(revealed(GOOD)), {
    code: 'node/contribution-unavailable',
    retryable: true,
    context: { digest: GOOD.opening.digest, operator: MINER, reason: 'storage/private-address' },
  })
})

test('trouble of our own is told as what it is', async (t) => {
  const { reader, publish } = await scene(t, await memoryStore(t, { quotaBytes: 100 }))
  await publish(GOOD.blob)
  await assert.rejects(reader.read(revealed(GOOD)), { code: 'storage/quota', retryable: false })
})

test('a stop ends the reading', async (t) => {
  const { reader, publish, stop } = await scene(t)
  await publish(GOOD.blob)
  stop.abort()
  await assert.rejects(reader.read(revealed(GOOD)), { code: 'storage/aborted' })
})

test('one reading serves all who ask, and its verdict is kept', async (t) => {
  const { reader, publish, asked, gateway, own } = await scene(t)
  await publish(GOOD.blob)
  const wanted = revealed(GOOD)
  const [one, two] = await Promise.all([reader.read(wanted), reader.read({ ...wanted })])
  assert.equal(one, two)
  assert.equal(asked.length, 1)
  await gateway.close()
  await own.close()
  assert.equal(await reader.read(wanted), one)
})

test('the same slot has another verdict when the chain lost blocks and its round began anew', async (t) => {
  const { reader, publish } = await scene(t)
  await publish(GOOD.blob)
  assert.equal((await reader.read(revealed(GOOD))).kind, 'valid')
  const moved = revealed(GOOD, { baseRoot: hash32('other base') })
  assert.equal(reader.peek(moved), undefined)
  assert.deepEqual(await reader.read(moved), {
    kind: 'fault',
    reason: 'wrong-header',
    detail: 'contribution/wrong-base',
  })
})

test('the same root under another address is another reading', async (t) => {
  const { reader, publish } = await scene(t)
  await publish(GOOD.blob)
  const { digest, size } = await publish(new Uint8Array(700))
  assert.equal((await reader.read(revealed(GOOD))).kind, 'valid')
  assert.equal((await reader.read(revealed(GOOD, { digest, size: BigInt(size) }))).kind, 'fault')
  assert.equal((await reader.read(revealed(GOOD, { size: GOOD.opening.size + 1n }))).kind, 'fault')
})

test('verdicts of rounds that are long over are forgotten', async (t) => {
  const { reader, publish, asked } = await scene(t)
  await publish(GOOD.blob)
  const old = revealed(GOOD)
  await reader.read(old)
  const later = async (round: bigint) => {
    const made = await makeContribution({ ...REQUEST, round, seed: Number(round) })
    await publish(made.blob)
    await reader.read(revealed(made, { round }))
  }
  await later(5n)
  assert.equal(reader.peek(old)?.kind, 'valid')
  await later(6n)
  assert.equal(reader.peek(old)?.kind, undefined)
  // It is still in our own store.
  assert.equal((await reader.read(old)).kind, 'valid')
  assert.equal(asked.length, 4)
})

test('what arrives after it was forgotten does not come back', async (t) => {
  const late = Promise.withResolvers<Uint8Array>()
  const transport: Transport = { fetchBlock: () => late.promise, close: () => undefined }
  const own = await memoryStore(t, { transport })
  const { reader } = await scene(t, own)
  const old = reader.read(revealed(GOOD))
  const present = await makeContribution({ ...REQUEST, round: 9n })
  await own.put(present.blob, { round: 9, maxBytes: 2 ** 20 })
  await reader.read(revealed(present, { round: 9n }))
  late.resolve(GOOD.blob)
  assert.equal((await old).kind, 'valid')
  assert.equal(reader.peek(revealed(GOOD))?.kind, undefined)
})

test('another source is asked when the first is not there', async (t) => {
  const { author, reader, publish, sources } = await scene(t)
  await publish(GOOD.blob)
  const mirror = await serve(t, author)
  sources.splice(0, 1, authorAt('http://127.0.0.1:1'), authorAt(mirror.url))
  assert.equal((await reader.read(revealed(GOOD))).kind, 'valid')
})
