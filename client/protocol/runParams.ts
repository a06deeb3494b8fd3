// The parameters of a run one by one, for who compares or shows them all.

import type { ChunkRules, RunParams } from './events.ts'

export type ParamValue = Exclude<RunParams[keyof RunParams], ChunkRules>

/** Each with its name, those of a chunk as `chunks.k` and so on. */
export function paramEntries({ chunks, ...own }: RunParams): readonly (readonly [name: string, value: ParamValue])[] {
  const ofChunks = Object.entries(chunks).map(([name, value]) => [`chunks.${name}`, value] as const)
  return [...Object.entries(own), ...ofChunks]
}
