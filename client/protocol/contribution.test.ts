import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { compressUpdate } from './compress.ts'
import {
  type Contribution,
  contributionRoot,
  decodeContribution,
  encodeContribution,
  joinRecords,
  maxContributionBytes,
  minContributionBytes,
  recordBytes,
  recordOf,
  recordsTree,
} from './contribution.ts'
import { checkCodec, checkHeader, decodeHeader, encodeHeader, HEADER_BYTES } from './contributionHeader.ts'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import { createLayout } from './layout.ts'
import { merkleProof, verifyMerkleProof } from './merkle.ts'
import { type ChunkRecord, decodeRecord } from './record.ts'
import { readCases, type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
const layout = createLayout([70, 5, 1], 32)
const context = { layout, codec: { chunkSize: 32, k: 8 } }
const header = {
  run: 3n,
  round: 9n,
  miner: `0x${'ab'.repeat(20)}`,
  innerSteps: 4,
  samples: 32,
  baseRoot: `0x${'cd'.repeat(32)}`,
} as const

function sample(seed = 1): Contribution {
  const update = Float32Array.from({ length: layout.parameters }, (_, i) => Math.sin(seed * 977 + i * i))
  return compressUpdate({ ...context, update, header }).contribution
}

function edited(change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = sample().blob.slice()
  change(bytes)
  return bytes
}

const recordsIn = (contribution: Contribution): ChunkRecord[] =>
  layout.chunks.map((chunk) => recordOf(contribution, chunk))
const rootOf = (contribution: Contribution): Hex => contributionRoot(contribution, recordsTree(contribution).root)

test('a contribution survives, record by record', () => {
  const contribution = sample()
  const again = decodeContribution(contribution.blob, context)
  assert.deepEqual(again, contribution)
  assert.deepEqual(encodeContribution(again.header, recordsIn(again), context), contribution)
  const tree = recordsTree(again)
  for (const { index, valid } of layout.chunks) {
    const bytes = recordBytes(again, index)
    assert.deepEqual(decodeRecord(bytes, valid, 8), recordsIn(again)[index])
    const leaf = sha256(Uint8Array.of(0, 0, 0, 0, index, ...bytes))
    const claim = { leaf, index, leafCount: layout.chunks.length, root: tree.root }
    assert.ok(verifyMerkleProof({ ...claim, proof: merkleProof(tree, index) }))
  }
  assert.equal(contributionRoot(again, tree.root, sha256), rootOf(again))
})

test('the golden vectors hold', () => {
  type Case = {
    tensorSizes: number[]
    chunkSize: number
    k: number
    chunkCount: number
    run: string
    round: string
    miner: Hex
    innerSteps: number
    samples: number
    baseRoot: Hex
    blob: Hex
    recordOffsets: number[]
    recordsRoot: Hex
    contributionRoot: Hex
  }
  for (const item of readCases<Case>(readVectors('contribution'))) {
    const { tensorSizes, chunkSize, k, blob, recordOffsets, recordsRoot, contributionRoot: root, ...fields } = item
    const shape = { layout: createLayout(tensorSizes, chunkSize), codec: { chunkSize, k } }
    const contribution = decodeContribution(hexToBytes(blob), shape)
    assert.deepEqual([...contribution.recordOffsets], recordOffsets)
    assert.equal(bytesToHex(recordsTree(contribution).root), recordsRoot)
    assert.equal(rootOf(contribution), root)
    assert.deepEqual(contribution.header, {
      ...fields,
      k,
      chunkSize,
      run: BigInt(fields.run),
      round: BigInt(fields.round),
    })
    const records = shape.layout.chunks.map((chunk) => recordOf(contribution, chunk))
    assert.deepEqual(encodeContribution(contribution.header, records, shape), contribution)
  }
})

test('no changed bit goes unnoticed', () => {
  const root = rootOf(sample())
  fc.assert(
    fc.property(fc.nat({ max: sample().blob.length - 1 }), fc.nat({ max: 7 }), (at, bit) => {
      const bytes = edited((copy) => {
        copy[at]! ^= 1 << bit
      })
      try {
        assert.notEqual(rootOf(decodeContribution(bytes, context)), root)
      } catch (error) {
        assert.match(String((error as { code?: string }).code), /^contribution\//)
      }
    }),
    { numRuns: 500 },
  )
})

test('bytes that decode are the one encoding of what they say; others fail with a code', () => {
  // Several changes, cuts and insertions behind a header that is right: the table and records are what is tried.
  const edit = fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }), kind: fc.constantFrom('set', 'cut', 'put') })
  const tail = fc.oneof(
    fc.array(edit, { minLength: 1, maxLength: 6 }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => bytes),
  )
  fc.assert(
    fc.property(fc.nat({ max: 50 }), tail, (seed, change) => {
      const { blob } = sample(seed)
      let body = [...blob.subarray(HEADER_BYTES)]
      if (change instanceof Uint8Array) body = [...change]
      else
        for (const { at, byte, kind } of change)
          if (kind === 'set') body[at % body.length] = byte
          else body.splice(at % body.length, kind === 'cut' ? 1 : 0, ...(kind === 'cut' ? [] : [byte]))
      const bytes = Uint8Array.from([...blob.subarray(0, HEADER_BYTES), ...body])
      try {
        const contribution = decodeContribution(bytes, context)
        assert.deepEqual(encodeContribution(contribution.header, recordsIn(contribution), context).blob, bytes)
      } catch (error) {
        assert.match(String((error as { code?: string }).code), /^contribution\/(length|record-)/)
      }
    }),
    { numRuns: 1000 },
  )
})

test('lengths are known beforehand, and anything else is refused', () => {
  const min = minContributionBytes(layout, context.codec)
  const max = maxContributionBytes(layout, context.codec)
  for (let seed = 1; seed < 50; seed++) {
    const { length } = sample(seed).blob
    assert.ok(min <= length && length <= max)
  }
  const { blob } = sample()
  const refuse = (bytes: Uint8Array, code: string): void =>
    assert.throws(() => decodeContribution(bytes, context), { code })
  refuse(new Uint8Array(max + 1), 'contribution/length')
  refuse(blob.slice(0, 50), 'contribution/truncated')
  refuse(blob.slice(0, HEADER_BYTES), 'contribution/length')
  refuse(blob.slice(0, -1), 'contribution/length')
  refuse(Uint8Array.of(...blob, 0), 'contribution/length')
  refuse(
    edited((bytes) => bytes.fill(0, 0, 1)),
    'contribution/bad-magic',
  )
  refuse(
    edited((bytes) => bytes.fill(1, 5, 6)),
    'contribution/bad-version',
  )
  for (const at of [7, 47, 51])
    refuse(
      edited((bytes) => bytes.fill(99, at, at + 1)),
      'contribution/wrong-codec',
    )
})

test('the group table must agree with the records', () => {
  const many = { layout: createLayout([16 * 70], 16), codec: { chunkSize: 16, k: 4 } }
  const update = Float32Array.from({ length: many.layout.parameters }, (_, i) => Math.sin(i * i))
  const { blob } = compressUpdate({ ...many, update, header }).contribution
  assert.equal(decodeContribution(blob, many).recordOffsets[0], HEADER_BYTES + 4, 'two groups')
  const moved = (by: number): Uint8Array => {
    const bytes = blob.slice()
    bytes[HEADER_BYTES + 1]! += by
    bytes[HEADER_BYTES + 3]! -= by
    return bytes
  }
  for (const by of [1, -1])
    assert.throws(() => decodeContribution(moved(by), many), { code: 'contribution/record-length' }, `${by}`)
})

test('parts of another run’s shape are not encoded', () => {
  const { header: full, ...contribution } = sample()
  const records = recordsIn({ header: full, ...contribution })
  const refuse = (change: object, list = records): void =>
    assert.throws(() => encodeContribution({ ...full, ...change }, list, context), {
      code: 'contribution/wrong-codec',
    })
  refuse({ k: 7 })
  refuse({ chunkCount: 1 })
  refuse({}, records.slice(1))
  assert.throws(() => joinRecords(full, [], context), { code: 'contribution/wrong-codec' })
  assert.throws(() => minContributionBytes(createLayout([5], 16), context.codec), { code: 'contribution/wrong-codec' })
})

test('a codec whose table would overflow is refused', () => {
  for (const codec of [
    { chunkSize: 4096, k: 512 },
    { chunkSize: 4, k: 1 },
  ])
    checkCodec(codec)
  const bad = [
    { chunkSize: 4096, k: 513 },
    { chunkSize: 4097, k: 64 },
    { chunkSize: 16, k: 0 },
    { chunkSize: 3, k: 1 },
    { chunkSize: 16, k: 1.5 },
  ]
  for (const codec of bad) assert.throws(() => checkCodec(codec), { code: 'contribution/bad-codec' })
})

test('headers survive, and are held against what is due', () => {
  const full = { ...header, k: 8, chunkSize: 32, chunkCount: 5 }
  assert.deepEqual(decodeHeader(encodeHeader(full)), full)
  const expected = { ...header, maxInnerSteps: 4, batch: 8 }
  checkHeader(full, expected)
  checkHeader({ ...full, innerSteps: 3, samples: 24 }, expected)
  checkHeader(full, { ...expected, miner: `0x${'AB'.repeat(20)}` })
  const zero = `0x${'00'.repeat(32)}` as const
  const wrong: [object, string][] = [
    [{ run: 4n }, 'contribution/wrong-run'],
    [{ round: 8n }, 'contribution/wrong-round'],
    [{ miner: zero.slice(0, 42) }, 'contribution/wrong-miner'],
    [{ baseRoot: zero }, 'contribution/wrong-base'],
    [{ innerSteps: 5, samples: 40 }, 'contribution/wrong-samples'],
    [{ innerSteps: 0, samples: 0 }, 'contribution/wrong-samples'],
    [{ samples: 31 }, 'contribution/wrong-samples'],
  ]
  for (const [change, code] of wrong) assert.throws(() => checkHeader({ ...full, ...change }, expected), { code }, code)
})
