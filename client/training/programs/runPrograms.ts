// The programs of a run, built from its manifest. They are not fetched: a program is code, and whoever builds its own and compares
// digests runs nothing that a stranger wrote.

import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import type { BlobReference, Manifest } from '@tessera/protocol/manifest'
import type { ModelConfig } from '../model/config.ts'
import { buildEvaluateProgram } from './evaluate.ts'
import { buildGenerateProgram } from './generate.ts'
import { buildTrainProgram } from './train.ts'

/** ONNX files. */
export interface Programs {
  readonly train: Uint8Array
  readonly evaluate: Uint8Array
  readonly generate: Uint8Array
}

/** Errors: `training/bad-config`. */
export function buildPrograms({ training }: Pick<Manifest, 'training'>, model: ModelConfig): Programs {
  const { batch, microBatches, compute, optimizer } = training
  return {
    train: buildTrainProgram(model, { batch, microBatches, compute, optimizer }),
    evaluate: buildEvaluateProgram(model, { batch: batch / microBatches }),
    generate: buildGenerateProgram(model),
  }
}

/** Content address of a blob, stored nowhere: the importer's `addressOf`. */
export type AddressOf = (bytes: Uint8Array) => Promise<BlobReference>

/** Errors: `training/program-mismatch`. */
export async function checkPrograms(manifest: Manifest, programs: Programs, addressOf: AddressOf): Promise<void> {
  for (const name of ['train', 'evaluate', 'generate'] as const) {
    const named = manifest.programs[name]
    const built = await addressOf(programs[name])
    if (!sameHex(named.digest, built.digest) || named.size !== built.size)
      throw mismatch(name, named.digest, built.digest)
  }
}

function mismatch(name: string, named: Hex, built: Hex): TesseraError {
  return new TesseraError(
    'training/program-mismatch',
    `the run's ${name} program is not the one that this version builds`,
    {
      hint: 'The run was created by another version of the program, or with a program of somebody’s own: use that version',
      context: { name, named, built },
    },
  )
}
