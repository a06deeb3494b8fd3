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
import { DatasetView, memorySource } from '@tessera/training/dataset'
import type { ModelConfig } from '@tessera/training/model/config'
import { parameterSpecs } from '@tessera/training/model/parameterSpecs'

/** A program is a graph without weights; one that claims to be larger is not one of ours. */
const MAX_PROGRAM_BYTES = 64 * 2 ** 20
/** The data set is held in memory in this version. */
const MAX_DATA_BYTES = 2 ** 30

export interface RunBundle {
  readonly manifest: Manifest
  readonly layout: StateLayout
  readonly model: ModelConfig
  readonly data: DatasetView
  readonly genesis: Int32Array
  readonly programs: { readonly train: Uint8Array; readonly evaluate: Uint8Array; readonly generate: Uint8Array }
}

export interface FetchBundleRequest {
  readonly params: RunParams
  readonly store: BlobStore
  readonly sources: readonly string[]
  readonly deadlineMs: number
  readonly signal: AbortSignal
  readonly onProgress?: (label: string, received: number, total: number) => void
}

/** Errors: `storage/…`, `manifest/…`, `node/tensors-mismatch`, `state/length`. */
export async function fetchRunBundle(request: FetchBundleRequest): Promise<RunBundle> {
  const { params, store, sources, deadlineMs, signal } = request
  const read = async (label: string, ref: BlobRef, maxBytes: number): Promise<Uint8Array> => {
    const onProgress = (p: { received: number; total: number }): void =>
      request.onProgress?.(label, p.received, p.total)
    const bytes = await store.read(ref, { sources, deadlineMs, maxBytes, round: 0, signal, onProgress })
    // Kept for good, and so served to whoever joins later.
    await store.pin(ref, { round: 0, keep: 'checkpoint' })
    return bytes
  }

  const manifestRef = { digest: params.manifestDigest, size: Number(params.manifestSize) }
  const manifest = parseManifest(await read('manifest', manifestRef, MAX_MANIFEST_BYTES))
  checkManifestForRun(manifest, params)
  const layout = manifestLayout(manifest)
  const { architecture: _, ...model } = manifest.model
  checkTensors(manifest, model)

  const data = await read('data set', manifest.data, MAX_DATA_BYTES)
  const genesis = await read('genesis', manifest.genesis, 4 * layout.parameters)
  return {
    manifest,
    layout,
    model,
    data: new DatasetView(memorySource(data), { context: model.context, heldOutSamples: manifest.data.heldOutSamples }),
    genesis: decodeState(genesis, layout),
    programs: {
      train: await read('training program', manifest.programs.train, MAX_PROGRAM_BYTES),
      evaluate: await read('evaluation program', manifest.programs.evaluate, MAX_PROGRAM_BYTES),
      generate: await read('generation program', manifest.programs.generate, MAX_PROGRAM_BYTES),
    },
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
