// What the observer has found out about runs, for whoever keeps it. By content, never by block: a reorganisation makes an entry
// irrelevant, not wrong. Putting the same again changes nothing.

import type { Hex } from '@tessera/protocol/hex'
import type { Receipts } from '@tessera/protocol/score'

export interface ObservedManifest {
  readonly name: string
  readonly parameters: number
  /** Tokens of a whole training call of a miner. */
  readonly tokensPerRound: number
  /** Of one sample: what a contribution says that it was trained on is counted in samples. */
  readonly tokensPerSample: number
  /** For people: `layers` `4`. */
  readonly facts: readonly { readonly label: string; readonly value: string }[]
}

export interface ObservedSample {
  readonly prompt: string
  readonly seed: number
  readonly temperature: number
  readonly topK: number
  readonly maxTokens: number
  readonly text: string
}

/** Of a state, by its root. */
export interface ObservedCheckpoint {
  /** Nats per token on held-out text; null when the run's data has none, or the model is out of bounds. */
  readonly loss: number | null
  /** Null when the model is out of bounds. */
  readonly sample: ObservedSample | null
}

/** Of a blob that was revealed as a contribution, by its digest. */
export interface ObservedContribution {
  /** As its header states; null when it could not be read. */
  readonly samples: number | null
  readonly steps: number | null
  /** Code of judgeRound.ts when it is none, or could not be had. */
  readonly fault: string | null
}

/** Of a blob that a validator revealed as its receipts, by its digest. */
export type ObservedReceipts =
  | { readonly state: 'unfetchable' }
  | { readonly state: 'verified'; readonly receipts: Receipts }
  /** They contradict themselves, or the scores that were revealed with them; null: the blob is no receipts at all. */
  | { readonly state: 'inconsistent'; readonly receipts: Receipts | null }

export interface ObserverBook {
  hasManifest(digest: Hex): Promise<boolean>
  hasCheckpoint(run: bigint, root: Hex): Promise<boolean>
  hasContribution(digest: Hex): Promise<boolean>
  /** Not for receipts that were unfetchable: those are asked for again. */
  hasReceipts(digest: Hex): Promise<boolean>
  putManifest(digest: Hex, manifest: ObservedManifest): Promise<void>
  putCheckpoint(run: bigint, root: Hex, checkpoint: ObservedCheckpoint): Promise<void>
  putContribution(digest: Hex, contribution: ObservedContribution): Promise<void>
  putReceipts(digest: Hex, receipts: ObservedReceipts): Promise<void>
}
