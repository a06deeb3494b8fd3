// What the observer's process and the indexer say to each other. Both are of one program: what arrives is not doubted. Errors travel
// as plain data.

import type { ErrorParts } from '@tessera/node/codecPool/messages'
import type { DeviceChoice } from '@tessera/training/device'
import type { ObserverBook } from './book.ts'
import type { ObserverProgress } from './observer.ts'

export interface ChildSettings {
  readonly rpcUrl: string
  readonly deploymentFile: string
  readonly folder: string
  readonly quotaBytes: number
  readonly mirrors: readonly string[]
  readonly allowPrivate: boolean
  readonly device: DeviceChoice
}

/** To the observer's process. */
export type ToChild =
  | { readonly kind: 'start'; readonly settings: ChildSettings }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: ErrorParts }
  | { readonly kind: 'stop' }

/** From it. */
export type FromChild =
  | { readonly kind: 'ask'; readonly id: number; readonly name: keyof ObserverBook; readonly words: readonly unknown[] }
  | { readonly kind: 'observed'; readonly run: bigint }
  | { readonly kind: 'progress'; readonly progress: ObserverProgress }
  | { readonly kind: 'error'; readonly error: ErrorParts; readonly run: bigint | undefined }
