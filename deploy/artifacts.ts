// The compiler's artifacts: one JSON file a contract, in the folder that Hardhat builds to.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'

/** Bytes of the code. */
export interface ByteRange {
  readonly start: number
  readonly length: number
}

/** By source file, then by library. */
export type LinkReferences = Readonly<Record<string, Readonly<Record<string, readonly ByteRange[]>>>>

export interface AbiEntry {
  readonly type: string
  readonly name?: string
}

export interface Artifact {
  readonly abi: readonly AbiEntry[]
  readonly deployedBytecode: Hex
  readonly linkReferences: LinkReferences
  readonly deployedLinkReferences: LinkReferences
  /** Where the constructor writes immutables to, by their id. */
  readonly immutableReferences?: Readonly<Record<string, readonly ByteRange[]>>
}

/** Where Hardhat writes them. */
export const ARTIFACTS = fileURLToPath(new URL('../artifacts', import.meta.url))

/** `source` is a path from the project's root, with or without the `project/` that link references put before it. */
export async function readArtifact(folder: string, source: string, contract: string): Promise<Artifact> {
  try {
    return JSON.parse(
      await readFile(`${folder}/${source.replace(/^project\//, '')}/${contract}.json`, 'utf8'),
    ) as Artifact
  } catch (cause) {
    throw new TesseraError('deploy/no-artifact', `there is no artifact of ${contract} in ${folder}`, {
      hint: 'Run `npx hardhat build`',
      context: { source, contract },
      cause,
    })
  }
}
