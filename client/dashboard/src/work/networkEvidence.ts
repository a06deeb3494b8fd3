// Evidence from the network that the page was configured for.

import { openChain } from '@tessera/chain/clients'
import { ask } from '@tessera/indexer/api/client'
import { sourcesFor } from '@tessera/protocol/runView'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import { BlobReader } from '@tessera/storage/blobReader'
import { FetchBlocks } from '@tessera/storage/fetchBlocks'
import type { Evidence } from '../verify/evidence.ts'
import type { WorkNetwork } from './messages.ts'

/** A whole blob may take so long: genesis states are large. */
const BLOB_DEADLINE_MS = 10 * 60_000
/** Of blocks kept in memory: what one check reads twice. */
const SHELF_BYTES = 64 * 2 ** 20
const RPC_TIMEOUT_MS = 30_000

export function networkEvidence({ deployment, rpc, indexer, gateways }: WorkNetwork): Evidence {
  const reader = new BlobReader({
    transport: new FetchBlocks(),
    allowLoopback: isLocal(rpc),
    shelfBytes: SHELF_BYTES,
  })
  return {
    openChain: (signal) => openChain({ rpcUrl: rpc, timeoutMs: RPC_TIMEOUT_MS, deployment, signal }),
    readBlob: ({ ref, state, author, maxBytes, signal, onProgress }) => {
      const sources = sourcesFor({
        state,
        author: author ?? undefined,
        self: ZERO_ADDRESS,
        mirrors: gateways,
        random: Math.random,
      })
      const progress = onProgress && ((p: { received: number; total: number }) => onProgress(p.received, p.total))
      return reader.read(ref, { sources, deadlineMs: BLOB_DEADLINE_MS, maxBytes, signal, onProgress: progress })
    },
    earnings: async ({ run, epoch, holder, operator }, signal) => {
      const params = { address: holder, run, epoch, operator, limit: 100 }
      return (await ask(indexer, 'earnings', params, { signal })).rows
    },
    round: (of, signal) => ask(indexer, 'round', of, { signal }),
  }
}

/** Nodes of a chain on this machine are on this machine, too: a test network, whose gateways have no certificates. */
function isLocal(rpc: string): boolean {
  const host = URL.parse(rpc)?.hostname
  return host === 'localhost' || host === '127.0.0.1' || host === '[::1]'
}
