// What a page and its worker tell each other. Everything is plain data.

import type { Deployment } from '@tessera/chain/addresses'
import type { ModelFacts } from '../model/loadModel.ts'
import type { Step } from '../verify/stepLog.ts'
import type { CheckpointQuery } from '../verify/verifyCheckpoint.ts'
import type { ExplainedPayout, PayoutQuery } from '../verify/verifyPayout.ts'

/** Where a worker finds things. */
export interface WorkNetwork {
  readonly deployment: Deployment
  readonly rpc: string
  readonly indexer: string
  readonly gateways: readonly string[]
}

export interface WriteRequest {
  readonly prompt: string
  readonly seed: number
  readonly temperature: number
  readonly topK: number
  readonly maxTokens: number
}

/** What can be asked for, and what comes of it in the end. */
export interface Jobs {
  /** The result is null when there is nothing to explain. */
  verifyPayout: { readonly of: PayoutQuery; readonly result: ExplainedPayout | null }
  verifyCheckpoint: { readonly of: CheckpointQuery; readonly result: null }
  /** Replaces the worker's model. The result is null when a step failed. */
  loadModel: {
    readonly of: { readonly run: bigint; readonly round?: bigint | undefined }
    readonly result: ModelFacts | null
  }
  /** By the model that was loaded, piece by piece. */
  write: { readonly of: WriteRequest; readonly result: { readonly text: string } }
  /** As an indexer writes it: the prompt and what follows. */
  sample: { readonly of: WriteRequest; readonly result: { readonly text: string } }
}
export type JobName = keyof Jobs

export type Order = { [Name in JobName]: { readonly name: Name; readonly of: Jobs[Name]['of'] } }[JobName]

export type ToWorker =
  | { readonly kind: 'start'; readonly id: number; readonly network: WorkNetwork; readonly order: Order }
  | { readonly kind: 'cancel'; readonly id: number }
  /** The answer to `cost`. */
  | { readonly kind: 'agree'; readonly id: number }

/** An error that crossed over. */
export interface ToldError {
  /** Empty for one that is not ours. */
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly retryable: boolean
}

/** What is to be done before a checkpoint is there. */
export interface Cost {
  readonly rounds: number
  /** To be fetched. */
  readonly bytes: number
}

export type FromWorker = { readonly id: number } & (
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  | { readonly kind: 'cost'; readonly cost: Cost }
  | { readonly kind: 'text'; readonly piece: string }
  | { readonly kind: 'done'; readonly result: Jobs[JobName]['result'] }
  | { readonly kind: 'failed'; readonly error: ToldError }
)
