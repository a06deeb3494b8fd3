// Everything that a run's manifest names, fetched by content address and checked: what a node needs before it can take part.

import { createHash } from 'node:crypto'
import { TesseraError } from '@tessera/protocol/errors'
import type { RunParams } from '@tessera/protocol/events'
import type { Hex } from '@tessera/protocol/hex'
import type { StateLayout } from '@tessera/protocol/layout'
import {
  checkManifestForRun,
  MAX_MANIFEST_BYTES,
  type Manifest,
  manifestLayout,
  parseManifest,
} from '@tessera/protocol/manifest'
import { decodeState } from '@tessera/protocol/state'
import type { BlobRef } from '@tessera/storage/blobRef'
import type { BlobStore } from '@tessera/storage/blobStore'
import { type SampleSource, ShardedDataset } from '@tessera/training/data/shardedDataset'
import { checkModelConfig, type ModelConfig } from '@tessera/training/model/config'
import { configOf } from '@tessera/training/model/description'
import { parameterSpecs } from '@tessera/training/model/parameterSpecs'
import { bytesTokenizer } from '@tessera/training/tokenizer/bytesTokenizer'
import { huggingFaceTokenizer, MAX_TOKENIZER_BYTES } from '@tessera/training/tokenizer/huggingFaceTokenizer'
import type { Tokenizer } from '@tessera/training/tokenizer/tokenizer'
import { buildPrograms, checkPrograms, type Programs } from './programs.ts'
import { shardSource } from './shardSource.ts'

/** For a block of the data set that is not on this disk yet. */
const BLOCK_DEADLINE_MS = 60_000

export interface RunBundle {
  readonly manifest: Manifest
  readonly layout: StateLayout
  readonly model: ModelConfig
  readonly tokenizer: Tokenizer
  /** Bytes of tokenizer.json; undefined when tokens are bytes. */
  readonly tokenizerFile: Uint8Array | undefined
  readonly data: SampleSource
  readonly genesis: Int32Array
  readonly programs: Programs
}

export interface FetchBundleRequest {
  readonly params: RunParams
  readonly store: BlobStore
  /** Gateways to ask, best first; looked up at each fetch, since nodes move. */
  readonly sources: () => readonly string[]
  readonly deadlineMs: number
  readonly signal: AbortSignal
  readonly onProgress?: (label: string, received: number, total: number) => void
}

/**
 * Data is read as it is needed; the rest is here when this resolves.
 * Errors: `storage/…`, `manifest/…`, `node/tensors-mismatch`, `node/program-mismatch`, `training/bad-config`, `tokenizer/…`, `state/length`.
 */
export async function fetchRunBundle(request: FetchBundleRequest): Promise<RunBundle> {
  const { params, store, sources, deadlineMs, signal } = request
  const read = async (label: string, ref: BlobRef, maxBytes: number): Promise<Uint8Array> => {
    const onProgress = (p: { received: number; total: number }): void =>
      request.onProgress?.(label, p.received, p.total)
    const bytes = await store.read(ref, { sources: sources(), deadlineMs, maxBytes, round: 0, signal, onProgress })
    // Kept for good, and so served to whoever joins later.
    await store.pin(ref, { round: 0, keep: 'checkpoint' })
    return bytes
  }

  const manifestRef = { digest: params.manifestDigest, size: Number(params.manifestSize) }
  const manifest = parseManifest(await read('manifest', manifestRef, MAX_MANIFEST_BYTES))
  checkManifestForRun(manifest, params)
  const layout = manifestLayout(manifest)
  const model = checkModelConfig(configOf(manifest.model))
  checkTensors(manifest, model)
  const programs = buildPrograms(manifest, model)
  await checkPrograms(manifest, programs)

  const { tokenizer, data } = manifest
  const tokenizerFile = tokenizer.kind === 'bytes' ? undefined : await read('tokenizer', tokenizer, MAX_TOKENIZER_BYTES)
  const genesis = await read('genesis', manifest.genesis, 4 * layout.parameters)
  return {
    manifest,
    layout,
    model,
    tokenizer: tokenizerFile === undefined ? bytesTokenizer : huggingFaceTokenizer(tokenizerFile),
    tokenizerFile,
    data: new ShardedDataset({
      layout: data,
      vocabSize: model.vocabSize,
      open: async (shard) =>
        shardSource({ store, ref: data.shards[shard] as BlobRef, sources, deadlineMs: BLOCK_DEADLINE_MS }),
    }),
    genesis: decodeState(genesis, layout),
    programs,
  }
}

/** The manifest lists tensors so that anyone can lay out the state without knowing the architecture; they must be its own. */
function checkTensors(manifest: Manifest, model: ModelConfig): void {
  const listed = digest(manifest.tensors.map((tensor) => [tensor.name, ...tensor.shape]))
  const expected = digest(parameterSpecs(model).map((spec) => [spec.name, ...spec.shape]))
  if (listed !== expected) {
    throw new TesseraError('node/tensors-mismatch', 'the tensors in the manifest are not those of its model', {
      hint: 'The manifest was made by another version of the program; ask the creator of the run which one',
    })
  }
}

function digest(value: unknown): Hex {
  return `0x${createHash('sha256').update(JSON.stringify(value)).digest('hex')}`
}
