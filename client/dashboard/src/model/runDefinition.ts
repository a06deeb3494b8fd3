// What a run is made of, from the manifest that it registered: fetched by its digest, with the programs built here and held against the
// manifest's, never fetched.

import type { RunParams } from '@tessera/protocol/events'
import { MAX_MANIFEST_BYTES } from '@tessera/protocol/manifest'
import { addressOf } from '@tessera/storage/importer'
import { openManifest, type RunDefinition } from '@tessera/training/runDefinition'
import { bytesTokenizer } from '@tessera/training/tokenizer/bytesTokenizer'
import { huggingFaceTokenizer, MAX_TOKENIZER_BYTES } from '@tessera/training/tokenizer/huggingFaceTokenizer'
import type { Tokenizer } from '@tessera/training/tokenizer/tokenizer'
import type { ReadBlob } from './foldCheckpoint.ts'

/** Errors: those of reading and of `openManifest`. */
export async function fetchDefinition(params: RunParams, read: ReadBlob): Promise<RunDefinition> {
  const ref = { digest: params.manifestDigest, size: Number(params.manifestSize) }
  const bytes = await read({ ref, author: null, maxBytes: MAX_MANIFEST_BYTES })
  return openManifest(bytes, params, addressOf)
}

/** Errors: those of reading, and `tokenizer/…`. */
export async function fetchTokenizer({ manifest }: RunDefinition, read: ReadBlob): Promise<Tokenizer> {
  const { tokenizer } = manifest
  if (tokenizer.kind === 'bytes') return bytesTokenizer
  return huggingFaceTokenizer(await read({ ref: tokenizer, author: null, maxBytes: MAX_TOKENIZER_BYTES }))
}
