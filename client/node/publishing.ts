// A node's blobs, published as its options say: opens the targets and the publisher beside the store, tells them what may be seen, takes
// in what other operators send. Without such an option the store is used as it is, and nothing here runs.

import { join } from 'node:path'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import type { Logger } from '@tessera/agent/logger'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import { type Hex, isHex, lowerHex } from '@tessera/protocol/hex'
import type { BlobStore, BlobUsage } from '@tessera/storage/blobStore'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import type { RouteHandler } from '@tessera/storage/gatewayServer'
import { HttpBlocks } from '@tessera/storage/httpBlocks'
import { BlobPublisher, type PublishEvent } from '@tessera/storage/publish/blobPublisher'
import { Book } from '@tessera/storage/publish/book'
import { PublishingStore } from '@tessera/storage/publish/publishingStore'
import type { Target } from '@tessera/storage/publish/target'
import type { PublishMetrics } from './publishMetrics.ts'
import { openTargets, type TargetParts } from './publishTargets.ts'
import { RELAY_PATH, RelayRoute, type RelayRouteOptions } from './relay/relayRoute.ts'

export interface PublishingRequest extends Omit<TargetParts, 'blocks' | 'book' | 'transport' | 'onSpreadFailure'> {
  readonly store: EmbeddedStore
  readonly maxBytes: RelayRouteOptions['maxBytes']
  readonly lifecycle: Lifecycle
  readonly logger: Logger
  readonly metrics: PublishMetrics | undefined
}

export interface Publishing {
  /** What the node puts into and reads from. */
  readonly store: BlobStore & BlobUsage
  readonly publisher: BlobPublisher | undefined
  /** For the gateway; undefined when it takes nothing. */
  readonly uploads: Readonly<Record<string, RouteHandler>> | undefined
}

/**
 * The lifecycle closes it, but for the store.
 * @throws what openTargets and their `check` throw, but for what may only be down; `node/bad-relay-for`, `publish/book`
 */
export async function openPublishing(request: PublishingRequest): Promise<Publishing> {
  const { lifecycle, store } = request
  const publisher = await openPublisher(request)
  if (publisher === undefined) return { store, publisher, uploads: uploadsInto(store, request) }
  lifecycle.onClose('publisher', () => publisher.close())
  const publishing = new PublishingStore(store, publisher)
  return { store: publishing, publisher, uploads: uploadsInto(publishing, request) }
}

async function openPublisher(request: PublishingRequest): Promise<BlobPublisher | undefined> {
  const { options, store, lifecycle, logger, metrics, timer } = request
  const book = new Book(join(options.data, 'published.sqlite'))
  const transport = new HttpBlocks({ allowLoopback: options.allowPrivate })
  lifecycle.onClose('published', () => {
    transport.close()
    book.close()
  })
  const onSpreadFailure = (error: unknown): void => logger.failure(error, 'a block could not go ahead of its blob')
  const targets = await openTargets({ ...request, blocks: store.blocks, book, transport, onSpreadFailure })
  if (targets.length === 0) return undefined
  for (const target of targets) await check(target, request)
  const onEvent = (event: PublishEvent): void => {
    const { target, publication } = event
    const context = { event: event.kind, target, digest: publication.ref.digest, round: publication.round }
    metrics?.published.inc({ target, outcome: event.kind })
    for (const { target, blobs } of publisher.waiting()) metrics?.unpublished.set({ target }, blobs)
    if (event.kind === 'failed') logger.failure(event.error, 'a blob is not published yet', context)
    else logger.info(`a blob is ${event.kind}`, context)
  }
  const publisher = new BlobPublisher({ targets, book, timer, onEvent, random: Math.random })
  publisher.start()
  return publisher
}

/** A target that is only down is left to the publisher, which tries again. */
async function check(target: Target, { lifecycle, logger }: PublishingRequest): Promise<void> {
  try {
    await target.check(lifecycle.signal)
  } catch (error) {
    if (!isTesseraError(error) || !error.retryable) throw error
    logger.failure(error, 'a place to publish does not answer', { target: target.name })
  }
}

function uploadsInto(store: BlobStore, request: PublishingRequest): Publishing['uploads'] {
  const { options, chain, run, operator, view, maxBytes, metrics, logger, timer } = request
  const accepts = parseRelayFor(options.relayFor)
  if (accepts === undefined) return undefined
  const route = new RelayRoute({
    store,
    deployment: chain.deployment,
    run,
    self: operator,
    accepts,
    view,
    maxBytes,
    keepRounds: options.keepRounds,
    timer,
    onEvent: ({ ticket }) => {
      metrics?.relayed.inc(Number(ticket.size))
      const { operator: author, digest, round, size } = ticket
      logger.info('a blob was relayed', { event: 'relayed', operator: author, digest, round, bytes: size })
    },
  })
  return { [RELAY_PATH]: route.handler }
}

/** `members`, or addresses; undefined for none. */
function parseRelayFor(list: readonly string[]): RelayRouteOptions['accepts'] | undefined {
  if (list.length === 0) return undefined
  if (list.length === 1 && list[0] === 'members') return 'members'
  const addresses = list.filter((text): text is Hex => isHex(text, 20))
  if (addresses.length === list.length) return new Set(addresses.map(lowerHex))
  throw new TesseraError('node/bad-relay-for', `${list.join()} is neither “members” nor addresses`, {
    hint: 'Write --relay-for members, or the addresses of operators with commas between them',
  })
}
