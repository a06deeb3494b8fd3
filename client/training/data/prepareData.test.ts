import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { bytesTokenizer } from '../tokenizer/bytesTokenizer.ts'
import { huggingFaceTokenizer } from '../tokenizer/huggingFaceTokenizer.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { parseDatasetManifest } from './datasetManifest.ts'
import { addressOf, contentsOf, folderWith, optionsFor, streamsOf } from './folders.fixture.ts'
import { openDataset } from './openDataset.ts'
import { type PrepareOptions, type PrepareProgress, prepareData } from './prepareData.ts'
import { shardName } from './shardWriter.ts'

/** Bytes, and an end of text. */
const ending: Tokenizer = { ...bytesTokenizer, vocabSize: 258, startOfText: 257, endOfText: 256 }

function wordsOf(count: number, seed = 1): string {
  return Array.from({ length: count }, (_, i) => `word${(i * seed) % 9973}`).join(' ')
}

function jsonl(texts: readonly string[], field = 'text'): string {
  return texts.map((text) => `${JSON.stringify({ id: 1, [field]: text })}\n`).join('')
}

function textOf(tokens: readonly number[]): string {
  return tokens.map((token) => (token === 256 ? '|' : token === 257 ? '^' : String.fromCharCode(token))).join('')
}

test('documents follow one another, each between its start and its end', async (t) => {
  const folder = await folderWith(t, {
    'in/b.jsonl': `\ufeff${jsonl(['first', 'second one'])}\n  \n${jsonl(['third'])}`,
    'in/a.txt': 'plain text\r\n',
    'in/c/d.md': '\ufeffdeeper',
    'in/image.png': 'not looked at',
    'in/.hidden.txt': 'nor this',
  })
  const manifest = await prepareData(optionsFor(folder, { tokenizer: ending, sampleTokens: 4 }))
  const { train } = await streamsOf(join(folder, 'out'))
  const stream = '^plain text\r\n|^first|^second one|^third|^deeper|'
  assert.equal(textOf(train), stream.slice(0, train.length))
  assert.equal(train.length, Math.floor((stream.length - 1) / 4) * 4 + 1, 'less than a sample is dropped')
  assert.deepEqual(manifest.counts, {
    trainDocuments: 5,
    heldOutDocuments: 0,
    trainTokens: stream.length,
    heldOutTokens: 0,
  })
  assert.equal(manifest.data.tokenBytes, 2)
  assert.deepEqual(
    manifest.sources.map(({ name }) => name),
    ['in/a.txt', 'in/b.jsonl', 'in/c/d.md'],
  )
  assert.deepEqual(Object.keys(await contentsOf(join(folder, 'out'))).at(0), 'dataset.json', 'nothing else is left')
})

test('shards have the layout of the manifest and are what is addressed', async (t) => {
  const folder = await folderWith(t, { 'in/a.txt': wordsOf(200) })
  const { data } = await prepareData(optionsFor(folder))
  const text = Buffer.from(wordsOf(200))
  assert.equal(data.trainSamples, Math.floor((text.length - 1) / 8))
  assert.equal(data.shards.length, Math.ceil(data.trainSamples / 16))
  for (const [i, shard] of data.shards.entries()) {
    const file = await readFile(join(folder, 'out', shardName(i)))
    assert.deepEqual(await addressOf(fileOnce(file)), shard)
    assert.deepEqual(file, text.subarray(i * 128, i * 128 + shard.size))
  }
})

async function* fileOnce(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

test('what is held out is held out everywhere, and follows the training samples', async (t) => {
  const texts = Array.from({ length: 300 }, (_, i) => `document ${i % 100} has its words`)
  const folder = await folderWith(t, { 'in/a.jsonl': jsonl(texts) })
  const manifest = await prepareData(optionsFor(folder, { tokenizer: ending, heldOutFraction: 0.3, heldOutSeed: 'x' }))
  const { train, heldOut } = await streamsOf(join(folder, 'out'))
  const documents = (tokens: readonly number[]) => new Set(textOf(tokens).match(/\^[^|]*\|/g))
  const both = documents(train).intersection(documents(heldOut))
  assert.deepEqual([...both], [], 'a text that comes three times is on one side')
  assert.ok(documents(heldOut).size > 15 && documents(heldOut).size < 50)
  assert.equal(heldOut[0], train.at(-1), 'the first held-out sample begins with the last training token')
  assert.equal(textOf(heldOut.slice(1, 12)), '^document 0'.replace('0', textOf(heldOut.slice(11, 12))))
  const { trainDocuments, heldOutDocuments } = manifest.counts
  assert.equal(trainDocuments + heldOutDocuments, 300)
  await rm(join(folder, 'out'), { recursive: true })
  const other = await prepareData(optionsFor(folder, { tokenizer: ending, heldOutFraction: 0.3, heldOutSeed: 'y' }))
  assert.notDeepEqual(other.data.shards, manifest.data.shards)
  await rm(join(folder, 'out'), { recursive: true })
  const few = await prepareData(
    optionsFor(folder, { tokenizer: ending, heldOutFraction: 0.3, heldOutSeed: 'x', maxHeldOutSamples: 5 }),
  )
  assert.equal(few.data.heldOutSamples, 5)
  assert.equal(few.data.trainSamples, manifest.data.trainSamples)
})

test('a text file is read in passages that end at an empty line, on both sides', async (t) => {
  const paragraphs = Array.from({ length: 60 }, (_, i) => `${wordsOf(4, i + 3)}\n\n`)
  const folder = await folderWith(t, { 'in/a.txt': paragraphs.join('') })
  const options = { tokenizer: ending, heldOutFraction: 0.4, passageBytes: 50, sampleTokens: 4 }
  const { counts } = await prepareData(optionsFor(folder, options))
  assert.ok(counts.heldOutDocuments > 5 && counts.trainDocuments > 5)
  const { train, heldOut } = await streamsOf(join(folder, 'out'))
  for (const stream of [textOf(train), textOf(heldOut.slice(1))])
    for (const run of stream.slice(1).split('|^').slice(0, -1)) {
      assert.ok(run.endsWith('\n\n'), 'cut between paragraphs')
      assert.ok(paragraphs.join('').includes(run), 'neighbours on one side stay together')
    }
})

test('a separator divides text files into documents', async (t) => {
  const folder = await folderWith(t, { 'in/a.txt': '<doc>\none\n\n<doc>\r\ntwo <doc> here\n<doc>\n \n<doc>\nthree' })
  await prepareData(optionsFor(folder, { tokenizer: ending, sampleTokens: 1, separator: '<doc>' }))
  const { train } = await streamsOf(join(folder, 'out'))
  assert.equal(textOf(train), '^one\n\n|^two <doc> here\n|^three|')
})

test('special tokens in documents are text unless asked otherwise', async (t) => {
  const file = await readFile(new URL('../../../test/vectors/tokenizer-gpt2.json', import.meta.url))
  const tokenizer = huggingFaceTokenizer(file)
  const reference = { kind: 'huggingface', digest: `0x${'00'.repeat(32)}`, size: file.length } as const
  const folder = await folderWith(t, { 'in/a.jsonl': jsonl(['one<|endoftext|>two', wordsOf(20)]) })
  const options = { tokenizer, tokenizerReference: reference, sampleTokens: 1 }
  await prepareData(optionsFor(folder, options))
  const count = async () => (await streamsOf(join(folder, 'out'))).train.filter((token) => token === 0).length
  assert.equal(await count(), 2)
  await rm(join(folder, 'out'), { recursive: true })
  await prepareData(optionsFor(folder, { ...options, specialTokens: 'token' }))
  assert.equal(await count(), 3)
})

test('a long document is tokenized in parts and nothing of it is lost', async (t) => {
  const text = `${wordsOf(60_000)}\u{1f600}`.repeat(2)
  const folder = await folderWith(t, { 'in/a.jsonl': jsonl([text]) })
  const manifest = await prepareData(optionsFor(folder, { sampleTokens: 4096 }))
  const { train } = await streamsOf(join(folder, 'out'))
  assert.equal(manifest.counts.trainTokens, Buffer.byteLength(text))
  assert.deepEqual(Buffer.from(train), Buffer.from(text).subarray(0, train.length))
})

/** Files of every format and enough text for several shards on both sides. */
async function mixed(t: TestContext): Promise<string> {
  return folderWith(t, {
    'in/a.txt': Array.from({ length: 30 }, (_, i) => `${wordsOf(12, i + 5)}\n\n`).join(''),
    'in/b.jsonl': jsonl(Array.from({ length: 40 }, (_, i) => (i % 7 === 3 ? ' ' : wordsOf(10, i + 7)))),
  })
}

const MIXED: Partial<PrepareOptions> = {
  tokenizer: ending,
  heldOutFraction: 0.3,
  passageBytes: 100,
  onBadDocument: 'skip',
}

test('an interrupted run goes on and ends with the same bytes, wherever it was interrupted', async (t) => {
  const folder = await mixed(t)
  await prepareData(optionsFor(folder, MIXED))
  const whole = await contentsOf(join(folder, 'out'))
  let shards = 0
  for (let stop = 0; stop < 60; stop += 7) {
    await rm(join(folder, 'out'), { recursive: true })
    for (let attempt = 0; attempt < 2; attempt++) {
      // Aborts at some document, and the second time soon after where it went on.
      const controller = new AbortController()
      let seen = 0
      const onProgress = (progress: PrepareProgress) => {
        if (progress.phase === 'pack' && seen++ === (attempt === 0 ? stop : 4)) controller.abort(new Error('stop'))
        shards = Math.max(shards, progress.shards)
      }
      await prepareData(optionsFor(folder, { ...MIXED, signal: controller.signal, onProgress })).catch((error) =>
        assert.match(String(error), /stop/),
      )
    }
    await prepareData(optionsFor(folder, MIXED))
    assert.deepEqual(await contentsOf(join(folder, 'out')), whole, `stopped at ${stop}`)
  }
  assert.ok(shards > 5)
})

test('a failure to store a shard costs no more than that shard', async (t) => {
  const folder = await mixed(t)
  await prepareData(optionsFor(folder, MIXED))
  const whole = await contentsOf(join(folder, 'out'))
  const total = Object.keys(whole).length - 1
  await rm(join(folder, 'out'), { recursive: true })
  let addressed = 0
  for (let failures = 0; failures < total; failures++) {
    const address: PrepareOptions['address'] = async (bytes) => {
      if (++addressed % 2 === 0) throw new Error('full')
      return addressOf(bytes)
    }
    await assert.rejects(prepareData(optionsFor(folder, { ...MIXED, address })), /full/)
  }
  await prepareData(optionsFor(folder, MIXED))
  assert.deepEqual(await contentsOf(join(folder, 'out')), whole)
})

test('what is done stays done', async (t) => {
  const folder = await mixed(t)
  const manifest = await prepareData(optionsFor(folder, MIXED))
  const again = await prepareData(optionsFor(folder, { ...MIXED, address: () => Promise.reject(new Error('no')) }))
  assert.deepEqual(again, manifest)
  await assert.rejects(prepareData(optionsFor(folder, { ...MIXED, sampleTokens: 9 })), { code: 'data/other-settings' })
  await writeFile(join(folder, 'in/b.jsonl'), jsonl(['something else']))
  await assert.rejects(prepareData(optionsFor(folder, MIXED)), { code: 'data/source-changed' })
})

test('other options or other files do not go on with what was begun', async (t) => {
  const folder = await mixed(t)
  const stop = (options: Partial<PrepareOptions> = {}) => {
    const controller = new AbortController()
    const onProgress = ({ shards }: PrepareProgress) => {
      if (shards === 2) controller.abort(new Error('stop'))
    }
    return prepareData(optionsFor(folder, { ...MIXED, signal: controller.signal, onProgress, ...options }))
  }
  await assert.rejects(stop(), /stop/)
  await assert.rejects(stop({ heldOutSeed: 'other' }), { code: 'data/other-settings' })
  await assert.rejects(stop({ sources: [join(folder, 'in/a.txt')] }), { code: 'data/source-changed' })
  await utimes(join(folder, 'in/a.txt'), 1, 1)
  await assert.rejects(stop(), /stop/, 'the same content is the same file')
  await writeFile(join(folder, 'in/a.txt'), 'something else')
  await assert.rejects(stop(), { code: 'data/source-changed' })
  await writeFile(join(folder, 'out/journal.json'), '{}')
  await assert.rejects(stop(), { code: 'data/bad-journal' })
})

test('a file that changes before or while it is read ends the work', async (t) => {
  for (const name of ['in/a.txt', 'in/b.jsonl']) {
    const folder = await mixed(t)
    const onProgress = ({ phase, documents }: PrepareProgress) => {
      if (phase === 'pack' && documents === 3) writeFileSync(join(folder, name), 'short')
    }
    await assert.rejects(prepareData(optionsFor(folder, { ...MIXED, onProgress })), { code: 'data/source-changed' })
  }
})

test('bad documents are errors with file and line, or are counted', async (t) => {
  const bad: readonly (readonly [string, string | Uint8Array, string, number])[] = [
    ['a.jsonl', `${jsonl(['fine'])}{"text": "open`, 'bad-json', 2],
    ['b.jsonl', `${jsonl(['fine'])}\n[1]\n`, 'bad-json', 3],
    ['c.jsonl', `${jsonl(['fine', 'fine'])}{"other": 1}\n`, 'missing-field', 3],
    ['d.jsonl', `{"text": 5}\n`, 'not-text', 1],
    ['e.jsonl', jsonl(['fine', '']), 'empty', 2],
    ['f.jsonl', Buffer.concat([Buffer.from(jsonl(['fine'])), Buffer.of(0x22, 0xff, 0x0a)]), 'not-utf8', 2],
    ['g.jsonl', jsonl(['fine', 'x'.repeat(400)]), 'too-long', 2],
    ['h.txt', Buffer.from([0x61, 0xff]), 'not-utf8', 1],
    ['i.txt', 'a\0b', 'binary', 1],
    ['j.txt', '', 'empty', 1],
    ['k.txt', ' \n', 'empty', 1],
    ['l.parquet', 'PAR1 but no more', 'bad-parquet', 1],
  ]
  const files = Object.fromEntries(bad.map(([name, content]) => [`in/${name}`, content]))
  const folder = await folderWith(t, { ...files, 'good.txt': wordsOf(20) })
  for (const [name, , defect, line] of bad) {
    const sources = [join(folder, 'in', name)]
    await assert.rejects(
      prepareData(optionsFor(folder, { sources, maxDocumentBytes: 300 })),
      (error: { code: string; context: object; message: string }) => {
        assert.equal(error.code, 'data/bad-document')
        assert.deepEqual(error.context, { file: name, defect, line })
        assert.match(error.message, new RegExp(`${name}, (line|row) ${line}: `))
        return true
      },
    )
    await rm(join(folder, 'out'), { recursive: true })
  }
  const sources = [join(folder, 'in'), join(folder, 'good.txt')]
  const manifest = await prepareData(optionsFor(folder, { sources, maxDocumentBytes: 300, onBadDocument: 'skip' }))
  assert.deepEqual(
    manifest.skipped.examples.map(({ name, line, defect }) => [name, line, defect]),
    bad.map(([name, , defect, line]) => [`in/${name}`, line, defect]),
  )
  assert.equal(
    Object.values(manifest.skipped.counts).reduce((sum, count) => sum + count, 0),
    bad.length,
  )
  assert.equal(manifest.counts.trainDocuments, 8)
})

test('too little text is said before anything is promised', async (t) => {
  const folder = await folderWith(t, { 'in/a.txt': 'short' })
  await assert.rejects(prepareData(optionsFor(folder)), { code: 'data/too-small' })
  await rm(join(folder, 'out'), { recursive: true })
  await writeFile(join(folder, 'in/a.txt'), wordsOf(50))
  await assert.rejects(prepareData(optionsFor(folder, { heldOutFraction: 1e-9 })), { code: 'data/too-small' })
})

test('more shards than a manifest names are refused', async (t) => {
  const folder = await folderWith(t, { 'in/a.txt': wordsOf(1000) })
  const onProgress = ({ shards }: PrepareProgress) => {
    if (shards > 0) throw new Error('stop')
  }
  await assert.rejects(prepareData(optionsFor(folder, { onProgress, passageBytes: 100 })), /stop/)
  const path = join(folder, 'out/journal.json')
  const journal = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(path, JSON.stringify({ ...journal, shards: Array(4096).fill(journal.shards[0]) }))
  await assert.rejects(prepareData(optionsFor(folder, { passageBytes: 100 })), { code: 'data/too-many-shards' })
})

test('what cannot be asked for is refused', async (t) => {
  const folder = await folderWith(t, { 'in/a.txt': wordsOf(50), 'empty/picture.png': '', 'used/file': '' })
  const refused = (options: Partial<PrepareOptions>, code: string) =>
    assert.rejects(prepareData(optionsFor(folder, options)), { code })
  await refused({ sources: [join(folder, 'nowhere')] }, 'data/no-source')
  await refused({ sources: [join(folder, 'empty')] }, 'data/no-source')
  await refused({ folder: join(folder, 'used') }, 'data/folder-in-use')
  for (const options of [{ sampleTokens: 0 }, { heldOutFraction: 1 }, { shardSamples: 0.5 }, { passageBytes: 0 }])
    await refused(options, 'data/bad-option')
})

test('a folder is opened by its manifest, which is read strictly', async (t) => {
  const folder = await folderWith(t, { 'in/a.txt': wordsOf(50) })
  await assert.rejects(openDataset(join(folder, 'out')), { code: 'data/no-dataset' })
  const manifest = await prepareData(optionsFor(folder))
  const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
  assert.deepEqual(parseDatasetManifest(bytesOf(manifest)), manifest)
  const { data } = manifest
  for (const value of [
    null,
    { ...manifest, version: 2 },
    { ...manifest, more: 1 },
    { ...manifest, data: { ...data, trainSamples: data.trainSamples + 100 } },
    { ...manifest, data: { ...data, shards: data.shards.map((shard) => ({ ...shard, size: 1 })) } },
  ])
    assert.throws(() => parseDatasetManifest(bytesOf(value)), { code: 'data/bad-manifest' })
})

test('memory does not grow with the data', async (t) => {
  const text = `${wordsOf(100)}\n\n`
  const folder = await folderWith(t, { 'in/a.txt': text.repeat(Math.ceil((3 * 2 ** 25) / text.length)) })
  let most = 0
  const before = process.memoryUsage().rss
  const onProgress = () => {
    most = Math.max(most, process.memoryUsage.rss() - before)
  }
  const manifest = await prepareData(optionsFor(folder, { sampleTokens: 1024, shardSamples: 2 ** 13, onProgress }))
  assert.ok(manifest.counts.trainTokens >= 3 * 2 ** 25)
  assert.ok(most < 2 ** 26, `${most} bytes more`)
})

test('any text comes back from its passages', async (t) => {
  const units = fc.constantFrom('a', 'é', '人', '\u{1f600}', '\n', '\n\n', ' ', 'word ', '\r\n')
  const folder = await folderWith(t)
  await fc.assert(
    fc.asyncProperty(
      fc.array(units, { minLength: 30, maxLength: 300 }),
      fc.integer({ min: 16, max: 64 }),
      async (parts, passageBytes) => {
        // No passage of white space alone, which would be skipped.
        const text = `x${parts.join('').replace(/\s+/g, (space) => space.slice(0, 3))}y`
        await rm(join(folder, 'out'), { recursive: true, force: true })
        await writeFile(join(folder, 'in.txt'), text)
        await prepareData(
          optionsFor(folder, { sources: [join(folder, 'in.txt')], sampleTokens: 1, passageBytes, shardSamples: 64 }),
        )
        assert.equal(bytesTokenizer.decode((await streamsOf(join(folder, 'out'))).train), text)
      },
    ),
    { numRuns: 30 },
  )
})
