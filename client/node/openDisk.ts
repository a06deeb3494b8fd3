// What a node has on its disk and serves from it: journal, blobs, the gateway over them, and the places where they are published too.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Handler } from '@tessera/agent/httpServer'
import { Journal } from '@tessera/agent/journal'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import type { Logger } from '@tessera/agent/logger'
import type { Status } from '@tessera/agent/status'
import type { Followed } from '@tessera/chain/follow'
import { maxContributionBytes } from '@tessera/protocol/contribution'
import { lowerHex } from '@tessera/protocol/hex'
import { MAX_RECEIPTS_BYTES } from '@tessera/protocol/receipt'
import type { BlobStore, BlobUsage } from '@tessera/storage/blobStore'
import { GATEWAY_LIMITS, startGateway } from '@tessera/storage/gatewayServer'
import type { BlobPublisher } from '@tessera/storage/publish/blobPublisher'
import { systemTimer } from '@tessera/storage/timer'
import { type Endpoint, endpointOf } from './endpoint.ts'
import type { NodeOptions } from './nodeOptions.ts'
import type { Identity } from './openIdentity.ts'
import { bytesPerSecond, openStore } from './openStore.ts'
import { openPublishing } from './publishing.ts'
import type { PublishMetrics } from './publishMetrics.ts'
import type { RunBundle } from './runBundle.ts'

export interface Disk {
  readonly journal: Journal
  readonly store: BlobStore & BlobUsage
  /** Where this node's own gateway listens. */
  readonly gatewayUrl: string
  /** Where this node's blobs are to be had by others. */
  readonly endpoint: Endpoint
  /** Undefined when it publishes nothing beside its gateway. */
  readonly publisher: BlobPublisher | undefined
}

export interface DiskRequest {
  readonly options: NodeOptions
  readonly lifecycle: Lifecycle
  readonly routes: Readonly<Record<string, Handler>>
  readonly metrics?: PublishMetrics
  readonly identity: Identity
  readonly logger: Logger
  readonly status: Status
  readonly view: () => Followed | undefined
  /** Undefined until it has been fetched. */
  readonly bundle: () => RunBundle | undefined
}

/** The lifecycle closes all of it. Errors: `node/unreachable`, and those of the parts. */
export async function openDisk(request: DiskRequest): Promise<Disk> {
  const { options, lifecycle, identity, logger, status, view, bundle } = request
  const { chain, run, operator } = identity
  const { chainId, genesisHash, runCoordinator } = chain.deployment
  const scope = `${chainId}/${genesisHash}/${lowerHex(runCoordinator)}/${run}`
  const journal = Journal.open({ folder: join(options.data, 'journal'), scope: `${scope}/${operator}` })
  lifecycle.onClose('journal', () => journal.close())
  const blobs = await openStore(options, scope)
  lifecycle.onClose('blobs', () => blobs.close())
  const maxBytes = (): number | undefined => {
    const known = bundle()
    return known && Math.max(maxContributionBytes(known.layout, known.manifest.codec), MAX_RECEIPTS_BYTES)
  }
  const { metrics } = request
  const about = { options, ...identity, store: blobs, view, maxBytes, nonce: randomUUID, timer: systemTimer }
  const { store, publisher, uploads } = await openPublishing({
    ...about,
    lifecycle,
    logger: logger.child('publishing'),
    metrics,
  })
  const gateway = await startGateway({
    blocks: blobs.blocks,
    host: options.listenHost,
    port: options.listenPort,
    routes: { '/status': status.handler, ...request.routes },
    ...(uploads === undefined ? {} : { uploads }),
    // On a test network all nodes have one address.
    limits: options.allowPrivate ? ONE_ADDRESS : {},
    uploadBytesPerSecond: bytesPerSecond(options.uploadLimit),
    underWay: (root) => blobs.underWay(root),
    onError: (error) => logger.failure(error, 'gateway'),
  })
  lifecycle.onClose('gateway', () => gateway.close())
  return { journal, store, publisher, gatewayUrl: gateway.url, endpoint: endpointOf(options, gateway.url) }
}

/** Everybody has the address of this machine. */
const ONE_ADDRESS = {
  maxConnectionsPerAddress: GATEWAY_LIMITS.maxConnections,
  maxServingPerAddress: GATEWAY_LIMITS.maxServing,
  maxWaitingPerAddress: GATEWAY_LIMITS.maxWaiting,
}
