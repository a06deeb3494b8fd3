// A data set out of the folder that prepareData has made: for training and measuring on this machine, without a network.

import { join } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'
import { openFileSource } from './byteSource.ts'
import { type DatasetManifest, MANIFEST_NAME, parseDatasetManifest } from './datasetManifest.ts'
import { readIfThere } from './journal.ts'
import { ShardedDataset } from './shardedDataset.ts'
import { shardName } from './shardWriter.ts'

/** Throws `data/no-dataset` and `data/bad-manifest`. Opens no shard yet. */
export async function openDataset(folder: string): Promise<{ manifest: DatasetManifest; dataset: ShardedDataset }> {
  const bytes = await readIfThere(join(folder, MANIFEST_NAME))
  if (bytes === undefined)
    throw new TesseraError('data/no-dataset', `${folder} holds no prepared data set`, {
      hint: 'Prepare one first; one that was interrupted must be completed',
      context: { folder },
    })
  const manifest = parseDatasetManifest(bytes)
  const { data: layout, settings } = manifest
  const open = (shard: number) => openFileSource(shardPath(folder, shard))
  return { manifest, dataset: new ShardedDataset({ layout, vocabSize: settings.vocabSize, open }) }
}

/** The file of shard `shard` in a prepared folder. */
export function shardPath(folder: string, shard: number): string {
  return join(folder, shardName(shard))
}
