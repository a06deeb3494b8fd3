// What a run's manifest fixes, made from it and checked: layout of the state, model, programs. Whoever has the manifest's bytes needs
// nobody for it. What the manifest only names (tokenizer, data, genesis) is for the caller to fetch.

import { TesseraError } from '@tessera/protocol/errors'
import type { RunParams } from '@tessera/protocol/events'
import type { StateLayout } from '@tessera/protocol/layout'
import { checkManifestForRun, type Manifest, manifestLayout, parseManifest } from '@tessera/protocol/manifest'
import { checkModelConfig, type ModelConfig } from './model/config.ts'
import { configOf } from './model/description.ts'
import { parameterSpecs } from './model/parameterSpecs.ts'
import { type AddressOf, buildPrograms, checkPrograms, type Programs } from './programs/runPrograms.ts'

export interface RunDefinition {
  readonly manifest: Manifest
  readonly layout: StateLayout
  readonly model: ModelConfig
  readonly programs: Programs
}

/**
 * @param bytes whose digest is the one that the run registered.
 * @throws `manifest/…`, `training/tensors-mismatch`, `training/program-mismatch`, `training/bad-config`
 */
export async function openManifest(bytes: Uint8Array, params: RunParams, addressOf: AddressOf): Promise<RunDefinition> {
  const manifest = parseManifest(bytes)
  checkManifestForRun(manifest, params)
  const layout = manifestLayout(manifest)
  const model = checkModelConfig(configOf(manifest.model))
  checkTensors(manifest, model)
  const programs = buildPrograms(manifest, model)
  await checkPrograms(manifest, programs, addressOf)
  return { manifest, layout, model, programs }
}

/** The manifest lists tensors so that anyone can lay out the state without knowing the architecture; they must be its own. */
function checkTensors(manifest: Manifest, model: ModelConfig): void {
  const listed = JSON.stringify(manifest.tensors.map((tensor) => [tensor.name, ...tensor.shape]))
  const expected = JSON.stringify(parameterSpecs(model).map((spec) => [spec.name, ...spec.shape]))
  if (listed !== expected) {
    throw new TesseraError('training/tensors-mismatch', 'the tensors in the manifest are not those of its model', {
      hint: 'The manifest was made by another version of the program; ask the creator of the run which one',
    })
  }
}
