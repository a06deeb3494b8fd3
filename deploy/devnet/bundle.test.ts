import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { MAX_MANIFEST_BYTES, manifestLayout, parseManifest } from '@tessera/protocol/manifest'
import { decodeState } from '@tessera/protocol/state'
import { type EmbeddedStore, openMemoryStore } from '@tessera/storage/embeddedStore'
import { addressOf } from '@tessera/storage/importer'
import { shardPath } from '@tessera/training/data/openDataset'
import { prepareData } from '@tessera/training/data/prepareData'
import { exportHuggingFace } from '@tessera/training/exchange/exportHuggingFace'
import { initialParameters } from '@tessera/training/model/initialParameters'
import { quantizeQ24 } from '@tessera/training/parameters'
import { bytesTokenizer } from '@tessera/training/tokenizer/bytesTokenizer'
import { huggingFaceTokenizer } from '@tessera/training/tokenizer/huggingFaceTokenizer'
import { type BundleRequest, loadOrBuildBundle } from './bundle.ts'
import { devnetPreset, type Preset } from './preset.ts'

const preset: Preset = {
  ...devnetPreset,
  model: { ...devnetPreset.model, dModel: 16, layers: 1, heads: 2, ffn: 16, context: 16 },
  heldOutSamples: 8,
  training: { ...devnetPreset.training, steps: 2, batch: 2 },
  evaluation: { ...devnetPreset.evaluation, samples: 2 },
}
let folder: string
let store: EmbeddedStore
let corpus: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-bundle-'))
  corpus = join(folder, 'text.md')
  await writeFile(corpus, 'some words to learn from, again and again\n'.repeat(50))
  store = await openMemoryStore({ quotaBytes: 1e8 })
})

after(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

function request(name: string, over: Partial<BundleRequest> = {}): BundleRequest & { readonly file: string } {
  const file = join(folder, `${name}.json`)
  const common = {
    preset,
    store,
    dataset: undefined,
    model: undefined,
    packagesRoot: folder,
    corpusLimit: 100_000,
    miners: 2,
    signal: new AbortController().signal,
  }
  return { ...common, corpus, file, ...over }
}

test('a bundle is what its manifest says, and the store has every blob of it', async () => {
  const bundle = await loadOrBuildBundle(request('one'))
  const options = { sources: [], deadlineMs: 1_000, round: 0 }
  const manifest = parseManifest(await store.read(bundle.reference, { ...options, maxBytes: MAX_MANIFEST_BYTES }))
  assert.equal(manifest.genesis.root, bundle.genesisRoot)
  assert.equal(manifest.genesis.size, 4 * bundle.parameters)
  for (const { digest, size } of [...manifest.data.shards, manifest.genesis, ...Object.values(manifest.programs)]) {
    assert.equal(await store.has({ digest, size }), 'full')
  }
})

test('the same text gives the same manifest, and a second start does not build it again', async () => {
  const first = await loadOrBuildBundle(request('two'))
  assert.deepEqual(await loadOrBuildBundle(request('three')), first)
  await writeFile(join(folder, 'text.md'), 'other words')
  assert.deepEqual(await loadOrBuildBundle(request('two')), first)
  const withoutCorpus: BundleRequest & { readonly file: string } = { ...request('two'), corpus: undefined }
  assert.deepEqual(await loadOrBuildBundle(withoutCorpus), first)
})

test('another corpus for a network that has one is refused', async () => {
  await assert.rejects(loadOrBuildBundle(request('two', { corpus: join(folder, 'else.md') })), {
    code: 'devnet/other-corpus',
  })
  await assert.rejects(loadOrBuildBundle(request('two', { model: folder })), { code: 'devnet/other-model' })
})

test('a run goes on from a model in the form of Hugging Face, in the tokens of that model', async () => {
  const model = join(folder, 'model')
  const config = { ...preset.model, vocabSize: 300, layers: 2 }
  const file = await readFile(new URL('../../test/vectors/tokenizer-gpt2.json', import.meta.url))
  const { vocabSize } = huggingFaceTokenizer(file)
  const weights = quantizeQ24(initialParameters({ ...config, vocabSize }, 3))
  const card = { name: 'a model', license: 'apache-2.0' }
  const tokenizer = { kind: 'huggingface', file } as const
  await exportHuggingFace({ folder: model, config: { ...config, vocabSize }, weights, tokenizer, card })
  const own = { model, corpus: join(folder, 'own.md') }
  await writeFile(own.corpus, 'what the model is to learn of its new domain\n'.repeat(80))
  const bundle = await loadOrBuildBundle(request('continued', own))
  const options = { sources: [], deadlineMs: 1_000, round: 0, maxBytes: 1e8 }
  const manifest = parseManifest(await store.read(bundle.reference, options))
  assert.deepEqual(decodeState(await store.read(manifest.genesis, options), manifestLayout(manifest)), weights)
  assert.deepEqual([manifest.model.layers, manifest.model.vocabSize, manifest.data.tokenBytes], [2, vocabSize, 2])
  assert.equal(manifest.tokenizer.kind, 'huggingface')
  const little = request('little', { ...own, corpusLimit: 300 })
  await assert.rejects(loadOrBuildBundle(little), { code: 'devnet/too-little-text' })
})

test('prepared shards are taken as they are, if they are of the tokens and the length of the model', async () => {
  const text = join(folder, 'documents.jsonl')
  const lines = Array.from({ length: 60 }, (_, i) => JSON.stringify({ text: `a document of number ${i}, `.repeat(5) }))
  await writeFile(text, lines.join('\n'))
  const prepare = (name: string, sampleTokens: number) =>
    prepareData({
      sources: [text],
      folder: join(folder, name),
      tokenizer: bytesTokenizer,
      tokenizerReference: { kind: 'bytes' },
      sampleTokens,
      shardSamples: 100,
      heldOutFraction: 0.2,
      address: (bytes) => addressOf(bytes),
    })
  const { data } = await prepare('shards', preset.model.context)
  const prepared = { corpus: undefined, dataset: join(folder, 'shards') }
  const bundle = await loadOrBuildBundle(request('prepared', prepared))
  const options = { sources: [], deadlineMs: 1_000, round: 0, maxBytes: 1e8 }
  const manifest = parseManifest(await store.read(bundle.reference, options))
  assert.ok(data.shards.length > 1)
  assert.deepEqual(manifest.data, data)
  for (const shard of data.shards) assert.equal(await store.has(shard), 'full')
  await assert.rejects(loadOrBuildBundle(request('prepared', { ...prepared, dataset: folder })), {
    code: 'devnet/other-corpus',
  })

  await prepare('long', 2 * preset.model.context)
  const long = request('long', { ...prepared, dataset: join(folder, 'long') })
  await assert.rejects(loadOrBuildBundle(long), { code: 'devnet/other-dataset' })
  await writeFile(shardPath(prepared.dataset, 0), new Uint8Array(data.shards[0]!.size))
  await assert.rejects(loadOrBuildBundle(request('damaged', prepared)), { code: 'devnet/other-dataset' })
})
