// A book in memory, for tests: what it was told, and how often it was asked.

import type { Hex } from '@tessera/protocol/hex'
import type {
  ObservedCheckpoint,
  ObservedContribution,
  ObservedManifest,
  ObservedReceipts,
  ObserverBook,
} from './book.ts'

export class MemoryBook implements ObserverBook {
  readonly manifests = new Map<Hex, ObservedManifest>()
  readonly checkpoints = new Map<string, ObservedCheckpoint>()
  readonly contributions = new Map<Hex, ObservedContribution>()
  readonly receipts = new Map<Hex, ObservedReceipts>()
  /** Names of what was put, in order. */
  readonly puts: string[] = []

  hasManifest = async (digest: Hex) => this.manifests.has(digest)
  hasCheckpoint = async (run: bigint, root: Hex) => this.checkpoints.has(`${run}/${root}`)
  hasContribution = async (digest: Hex) => this.contributions.has(digest)
  hasReceipts = async (digest: Hex) => (this.receipts.get(digest)?.state ?? 'unfetchable') !== 'unfetchable'

  putManifest = async (digest: Hex, manifest: ObservedManifest) => {
    this.puts.push(`manifest ${manifest.name}`)
    this.manifests.set(digest, manifest)
  }
  putCheckpoint = async (run: bigint, root: Hex, checkpoint: ObservedCheckpoint) => {
    this.puts.push(`checkpoint ${root}`)
    this.checkpoints.set(`${run}/${root}`, checkpoint)
  }
  putContribution = async (digest: Hex, contribution: ObservedContribution) => {
    this.puts.push(`contribution ${digest}`)
    this.contributions.set(digest, contribution)
  }
  putReceipts = async (digest: Hex, receipts: ObservedReceipts) => {
    this.puts.push(`receipts ${receipts.state}`)
    this.receipts.set(digest, receipts)
  }
}
