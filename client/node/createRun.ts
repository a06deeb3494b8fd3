// What a new run refers to, put into a blob store under its content addresses: genesis, programs, tokenizer and the manifest that
// names them all. The data set is there already; registering the run on chain is the caller's.

import type { DataDescription, Manifest } from '@tessera/protocol/manifest'
import { encodeManifest, manifestLayout, parseManifest } from '@tessera/protocol/manifest'
import { encodeState, genesisRoot } from '@tessera/protocol/state'
import type { BlobRef } from '@tessera/storage/blobRef'
import type { BlobStore } from '@tessera/storage/blobStore'
import { checkModelConfig, type ModelConfig } from '@tessera/training/model/config'
import { describeModel } from '@tessera/training/model/description'
import { parameterSpecs } from '@tessera/training/model/parameterSpecs'
import { buildPrograms } from '@tessera/training/programs/runPrograms'
import { nativeSha256 } from './nativeSha256.ts'

/** No single blob of a run is larger: 2^31 parameters of 4 bytes. */
const MAX_BLOB_BYTES = 8 * 2 ** 30

export interface RunRecipe extends Pick<Manifest, 'name' | 'codec' | 'aggregation' | 'training' | 'evaluation'> {
  readonly model: ModelConfig
  /** The shared state before round 1, int32 in units of 2^-24. */
  readonly genesis: Int32Array
  readonly tokenizer: { readonly kind: 'bytes' } | { readonly kind: 'huggingface'; readonly file: Uint8Array }
  /** Its shards are in the store. */
  readonly data: DataDescription
}

export interface CreatedRun {
  /** Address of the manifest, for the contract. */
  readonly reference: BlobRef
  readonly manifest: Manifest
}

/** Errors: `training/bad-config`, `manifest/invalid`, `storage/…`. */
export async function createRun(recipe: RunRecipe, store: BlobStore, signal: AbortSignal): Promise<CreatedRun> {
  const { name, genesis, tokenizer, data, codec, aggregation, training, evaluation } = recipe
  const put = (bytes: Uint8Array): Promise<BlobRef> =>
    store.put(bytes, { round: 0, maxBytes: MAX_BLOB_BYTES, keep: 'checkpoint', signal })
  const model = checkModelConfig(recipe.model)
  const programs = buildPrograms(recipe, model)
  const tensors = parameterSpecs(model).map((spec) => ({ name: spec.name, shape: [...spec.shape] }))
  const layout = manifestLayout({ tensors, codec })
  const manifest = parseManifest(
    encodeManifest({
      version: 3,
      name,
      model: describeModel(model),
      tensors,
      tokenizer: tokenizer.kind === 'bytes' ? tokenizer : { kind: 'huggingface', ...(await put(tokenizer.file)) },
      data,
      programs: {
        train: await put(programs.train),
        evaluate: await put(programs.evaluate),
        generate: await put(programs.generate),
      },
      genesis: { ...(await put(encodeState(genesis))), root: genesisRoot(genesis, layout, { sha256: nativeSha256 }) },
      codec,
      aggregation,
      training,
      evaluation,
    }),
  )
  return { reference: await put(encodeManifest(manifest)), manifest }
}
