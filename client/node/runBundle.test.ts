import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import type { RunParams } from '@tessera/protocol/events'
import { chunkRulesOf, encodeManifest, type Manifest } from '@tessera/protocol/manifest'
import { encodeState } from '@tessera/protocol/state'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import { addressOf } from '@tessera/storage/importer'
import { author } from '@tessera/storage/testSource'
import { fetchRunBundle } from './runBundle.ts'
import { memoryStore, serve } from './testing/parts.ts'
import { hash32, STORY_PARAMS } from './testing/storyParts.ts'
import { tinyRun } from './testing/tinyRun.ts'

const tiny = await tinyRun()
const put = (store: EmbeddedStore, blob: Uint8Array) => store.put(blob, { round: 0, maxBytes: 2 ** 20 })

/** The run's parameters for a manifest, whose bytes are put into the store. */
async function paramsFor(store: EmbeddedStore, manifest: Manifest, more: Partial<RunParams> = {}): Promise<RunParams> {
  const { digest, size } = await put(store, encodeManifest(manifest))
  const chunks = chunkRulesOf(manifest)
  const named = { manifestDigest: digest, manifestSize: BigInt(size), genesisRoot: manifest.genesis.root, chunks }
  return { ...STORY_PARAMS, ...named, ...more }
}

/** A creator that serves everything the tiny run is made of, and a store that has nothing yet. */
async function scene(t: TestContext) {
  const creator = await memoryStore(t)
  for (const blob of Object.values(tiny.files)) await put(creator, blob)
  const { url } = await serve(t, creator)
  const own = await memoryStore(t)
  const { signal } = new AbortController()
  const seen: string[] = []
  const onProgress = (label: string, received: number, total: number) => {
    if (received === total) seen.push(label)
  }
  const fetch = (params: RunParams, urls = [url]) =>
    fetchRunBundle({ params, store: own, sources: () => urls.map(author), deadlineMs: 60_000, signal, onProgress })
  return { creator, own, fetch, seen }
}

test('everything that the manifest names is fetched, and kept for those who come later', async (t) => {
  const { creator, own, fetch, seen } = await scene(t)
  const params = await paramsFor(creator, tiny.manifest)
  const bundle = await fetch(params)
  assert.deepEqual(bundle.manifest, tiny.manifest)
  assert.deepEqual(bundle.layout, tiny.layout)
  assert.deepEqual(bundle.model, tiny.bundle.model)
  assert.deepEqual(bundle.genesis, tiny.bundle.genesis)
  assert.deepEqual(bundle.programs, tiny.bundle.programs)
  assert.equal(bundle.data.trainSamples, tiny.bundle.data.trainSamples)
  assert.equal(bundle.data.heldOutSamples, tiny.manifest.data.heldOutSamples)
  assert.deepEqual(await bundle.data.samples([7]), await tiny.bundle.data.samples([7]))
  assert.deepEqual(seen, ['manifest', 'genesis'])

  await own.collect({ keepFromRound: 1_000, maxBytes: 0 })
  const { manifest } = tiny
  for (const ref of [manifest.genesis, { digest: params.manifestDigest, size: Number(params.manifestSize) }])
    assert.equal(await own.has(ref), 'full')
  // So it needs nobody the next time.
  assert.deepEqual((await fetch(params, [])).manifest, manifest)
})

test('a manifest that is none is refused', async (t) => {
  const { creator, fetch } = await scene(t)
  const { digest, size } = await put(creator, new TextEncoder().encode('{"version":1}'))
  const params = { ...STORY_PARAMS, manifestDigest: digest, manifestSize: BigInt(size) }
  await assert.rejects(fetch(params), { code: 'manifest/invalid' })
})

test('a manifest of an absurd size is not fetched', async (t) => {
  const { fetch } = await scene(t)
  const params = { ...STORY_PARAMS, manifestDigest: hash32('any'), manifestSize: 2n ** 40n }
  await assert.rejects(fetch(params), { code: 'storage/too-large' })
})

test('a manifest for another genesis or another run than the one on chain is refused', async (t) => {
  const { creator, fetch } = await scene(t)
  const cases: readonly Partial<RunParams>[] = [
    { genesisRoot: hash32('other') },
    // More samples a round than there are.
    { maxMiners: 64 },
    { maxBlobBytes: 100 },
    { chunks: STORY_PARAMS.chunks },
  ]
  for (const more of cases)
    await assert.rejects(fetch(await paramsFor(creator, tiny.manifest, more)), { code: 'manifest/run-mismatch' })
})

test('tensors that are not those of the model are refused', async (t) => {
  const { creator, fetch, seen } = await scene(t)
  const { tensors } = tiny.manifest
  const [first, ...rest] = tensors
  const cases: readonly Manifest['tensors'][] = [
    [{ ...first!, name: 'model.embed.weight' }, ...rest],
    [...rest, first!],
    // As many parameters, in another form.
    [{ ...first!, shape: [...first!.shape].reverse() }, ...rest],
  ]
  for (const wrong of cases) {
    const params = await paramsFor(creator, { ...tiny.manifest, tensors: wrong })
    await assert.rejects(fetch(params), { code: 'training/tensors-mismatch', retryable: false })
  }
  assert.ok(!seen.includes('genesis'), 'nothing large was fetched for it')
})

test('a blob that is not of the size that the manifest says is refused', async (t) => {
  const { creator, fetch } = await scene(t)
  const genesis = await put(creator, encodeState(tiny.bundle.genesis.subarray(1)))
  const lying = { ...tiny.manifest.genesis, digest: genesis.digest }
  await assert.rejects(fetch(await paramsFor(creator, { ...tiny.manifest, genesis: lying })), { code: 'storage/shape' })
})

test('a program that is not the one that is built from the manifest is refused, and never run', async (t) => {
  const { creator, fetch, seen } = await scene(t)
  const foreign = await put(creator, new Uint8Array(100))
  for (const name of ['train', 'evaluate', 'generate']) {
    const programs = { ...tiny.manifest.programs, [name]: foreign }
    const params = await paramsFor(creator, { ...tiny.manifest, programs })
    await assert.rejects(fetch(params), { code: 'training/program-mismatch', retryable: false })
  }
  assert.ok(!seen.includes('genesis'))
})

test('a model that cannot be built is refused', async (t) => {
  const { creator, fetch } = await scene(t)
  const model = { ...tiny.manifest.model, heads: 3, keyValueHeads: 3, headSize: 4096, layers: 1024, ffn: 2 ** 20 }
  await assert.rejects(fetch(await paramsFor(creator, { ...tiny.manifest, model })), { code: 'training/bad-config' })
})

test('the tokenizer that the manifest names is fetched and used', async (t) => {
  const { creator, fetch } = await scene(t)
  const ref = await put(creator, await readFile(new URL('../../test/vectors/tokenizer-gpt2.json', import.meta.url)))
  const manifest = { ...tiny.manifest, tokenizer: { kind: 'huggingface', ...ref } as const }
  const { tokenizer, tokenizerFile } = await fetch(await paramsFor(creator, manifest))
  assert.equal(tokenizerFile?.length, ref.size)
  assert.equal(tokenizer.decode(tokenizer.encode('Hello there')), 'Hello there')
  const broken = { ...tiny.manifest, tokenizer: { kind: 'huggingface', ...tiny.manifest.genesis } as const }
  const { root: _, ...tokenizerRef } = broken.tokenizer
  const params = await paramsFor(creator, { ...tiny.manifest, tokenizer: tokenizerRef })
  await assert.rejects(fetch(params), { code: 'tokenizer/bad-file' })
})

test('what nobody serves is said, of the data when it is wanted', async (t) => {
  const { creator, fetch } = await scene(t)
  const missing = await addressOf(new Uint8Array(tiny.manifest.genesis.size))
  const genesis = { ...missing, root: tiny.manifest.genesis.root }
  await assert.rejects(fetch(await paramsFor(creator, { ...tiny.manifest, genesis })), { code: 'storage/not-found' })
  const shard = await addressOf(new Uint8Array(tiny.files.data.length))
  const data = { ...tiny.manifest.data, shards: [shard] }
  const bundle = await fetch(await paramsFor(creator, { ...tiny.manifest, data }))
  await assert.rejects(bundle.data.samples([0]), { code: 'storage/not-found' })
})
