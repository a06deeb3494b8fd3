// Everything that a run's manifest names, fetched by content address and checked: what a node needs before it can take part.

import type { BlobSource } from '@tessera/protocol/blobSource'
import type { RunParams } from '@tessera/protocol/events'
import { MAX_MANIFEST_BYTES } from '@tessera/protocol/manifest'
import { decodeState } from '@tessera/protocol/state'
import type { BlobRef } from '@tessera/storage/blobRef'
import type { BlobStore } from '@tessera/storage/blobStore'
import { addressOf } from '@tessera/storage/importer'
import { type SampleSource, ShardedDataset } from '@tessera/training/data/shardedDataset'
import { openManifest, type RunDefinition } from '@tessera/training/runDefinition'
import { bytesTokenizer } from '@tessera/training/tokenizer/bytesTokenizer'
import { huggingFaceTokenizer, MAX_TOKENIZER_BYTES } from '@tessera/training/tokenizer/huggingFaceTokenizer'
import type { Tokenizer } from '@tessera/training/tokenizer/tokenizer'
import { shardSource } from './shardSource.ts'

/** For a block of the data set that is not on this disk yet. */
const BLOCK_DEADLINE_MS = 60_000

export interface RunBundle extends RunDefinition {
  readonly tokenizer: Tokenizer
  /** Bytes of tokenizer.json; undefined when tokens are bytes. */
  readonly tokenizerFile: Uint8Array | undefined
  readonly data: SampleSource
  readonly genesis: Int32Array
}

export interface FetchBundleRequest {
  readonly params: RunParams
  readonly store: BlobStore
  /** Gateways to ask, best first; looked up at each fetch, since nodes move. */
  readonly sources: () => readonly BlobSource[]
  readonly deadlineMs: number
  readonly signal: AbortSignal
  readonly onProgress?: (label: string, received: number, total: number) => void
}

/**
 * Data is read as it is needed; the rest is here when this resolves.
 * Errors: `storage/…`, `manifest/…`, `training/tensors-mismatch`, `training/program-mismatch`, `training/bad-config`, `tokenizer/…`, `state/length`.
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
  const manifestFile = await read('manifest', manifestRef, MAX_MANIFEST_BYTES)
  const definition = await openManifest(manifestFile, params, addressOf)
  const { manifest, layout, model } = definition
  const { tokenizer, data } = manifest
  const tokenizerFile = tokenizer.kind === 'bytes' ? undefined : await read('tokenizer', tokenizer, MAX_TOKENIZER_BYTES)
  const genesis = await read('genesis', manifest.genesis, 4 * layout.parameters)
  return {
    ...definition,
    tokenizer: tokenizerFile === undefined ? bytesTokenizer : huggingFaceTokenizer(tokenizerFile),
    tokenizerFile,
    data: new ShardedDataset({
      layout: data,
      vocabSize: model.vocabSize,
      open: async (shard) =>
        shardSource({ store, ref: data.shards[shard] as BlobRef, sources, deadlineMs: BLOCK_DEADLINE_MS }),
    }),
    genesis: decodeState(genesis, layout),
  }
}
