// Has a pinning service keep blobs: it fetches them from this node by itself, in its own time. For the archive, never for a round.
// Its requests go by a name that begins with who asked, so that one that was made just before a crash is found again.

import { TesseraError } from '@tessera/protocol/errors'
import { type BlobRef, cidOf } from '../blobRef.ts'
import type { PinningService, PinStatus } from './pinningService.ts'
import type { Job, Outcome, Target } from './target.ts'

export interface PinningTargetOptions {
  readonly service: PinningService
  /** Who asks: chain, run and operator. Begins the name of each request. */
  readonly scope: string
  /** Multiaddrs under which the service reaches this node's blobs. */
  readonly origins: readonly string[]
  /** Between two looks at a request that is under way. */
  readonly pollMs: number
}

export class PinningTarget implements Target {
  readonly name = 'pinning'
  readonly isForeign = true
  readonly #options: PinningTargetOptions

  constructor(options: PinningTargetOptions) {
    this.#options = options
  }

  wants(): boolean {
    return true
  }

  check(signal: AbortSignal): Promise<void> {
    return this.#options.service.check(signal)
  }

  async publish({ ref, round, note }: Job, signal: AbortSignal): Promise<Outcome> {
    const { service, pollMs } = this.#options
    const known = note === '' ? await this.#find(ref, signal) : await service.look(note, signal)
    const pin = known ?? (await this.#add(ref, round, signal))
    if (pin.cid !== cidOf(ref).toString()) throw otherCid(ref, pin)
    if (pin.status === 'failed') {
      // A request that failed stays failed: out of the way, so that the next try makes a new one.
      await service.remove(pin.requestId, signal)
      throw pinFailed(ref)
    }
    if (pin.status === 'pinned') return { done: true, note: pin.requestId }
    return { done: false, note: pin.requestId, againMs: pollMs }
  }

  async remove({ ref, note }: Job, signal: AbortSignal): Promise<void> {
    const requestId = note === '' ? (await this.#find(ref, signal))?.requestId : note
    if (requestId !== undefined) await this.#options.service.remove(requestId, signal)
  }

  #add(ref: BlobRef, round: number, signal: AbortSignal): Promise<PinStatus> {
    const { service, scope, origins } = this.#options
    const name = `${scope}/${round}`
    return service.add(
      { cid: cidOf(ref).toString(), name, origins, meta: { app: 'tessera', round: String(round) } },
      signal,
    )
  }

  /** A request of ours that an earlier process made and could not write down. */
  async #find(ref: BlobRef, signal: AbortSignal): Promise<PinStatus | undefined> {
    const { service, scope } = this.#options
    for await (const pin of service.find(cidOf(ref).toString(), signal)) {
      if (pin.name.startsWith(`${scope}/`) && pin.status !== 'failed') return pin
    }
    return undefined
  }
}

function pinFailed(ref: BlobRef): TesseraError {
  return new TesseraError('publish/pin-failed', 'the service could not fetch a blob from this node', {
    retryable: true,
    hint: 'Check that the addresses given with --pinning-origins are reachable from the internet',
    context: { ...ref },
  })
}

function otherCid(ref: BlobRef, { cid }: PinStatus): TesseraError {
  return new TesseraError('publish/bad-answer', 'the service speaks of another CID than it was asked for', {
    retryable: true,
    hint: 'Check that the address is that of a pinning service',
    context: { expected: cidOf(ref).toString(), actual: cid.slice(0, 128) },
  })
}
