// Keeps anvil's state file to one block 0. At each start anvil makes a new genesis and saves it beside the one it loads; of
// several in the file it takes any at the next start, and the chain then seems to be another one.

import { existsSync } from 'node:fs'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import { readFileLimited } from '@tessera/agent/limitedFile'

interface SavedBlock {
  readonly header?: { readonly number?: string; readonly timestamp?: string }
}

const MAX_STATE_BYTES = 2 ** 30

/** Call while no anvil has the file open. A file that is not there, or that anvil cannot have written, is left as it is. */
export async function keepOneGenesis(stateFile: string, signal?: AbortSignal): Promise<void> {
  if (!existsSync(stateFile)) return
  const text = new TextDecoder().decode(await readFileLimited(stateFile, MAX_STATE_BYTES, signal ? { signal } : {}))
  const state = parsed(text)
  if (state === undefined || !Array.isArray(state.blocks)) return
  const blocks = state.blocks as readonly SavedBlock[]
  const genesis = blocks.filter(isGenesis)
  if (genesis.length < 2) return
  // The first one made is the chain's own: the others were made at later starts.
  const own = genesis.reduce((a, b) => (timeOf(b) < timeOf(a) ? b : a))
  await writeFileAtomic(
    stateFile,
    JSON.stringify({ ...state, blocks: blocks.filter((block) => !isGenesis(block) || block === own) }),
  )
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    // anvil says what is wrong with its own file, at its start.
    return undefined
  }
}

function isGenesis({ header }: SavedBlock): boolean {
  return header?.number !== undefined && BigInt(header.number) === 0n
}

function timeOf({ header }: SavedBlock): bigint {
  return BigInt(header?.timestamp ?? 0)
}
