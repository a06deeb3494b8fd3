// A node's gateway over the store in the folder STORE. A program of its own, started by ours.ts.

import { openEmbeddedStore } from '@tessera/storage/embeddedStore'
import { GATEWAY_LIMITS, startGateway } from '@tessera/storage/gatewayServer'
import { answerRequests } from './answerRequests.ts'

const store = await openEmbeddedStore({ dir: process.env.STORE ?? '', quotaBytes: Number.MAX_SAFE_INTEGER })

answerRequests({
  listen: async () => {
    // Readers of this benchmark all have one address: what is for one address is for all of them.
    const { maxConnections, maxServing, maxWaiting } = GATEWAY_LIMITS
    const limits = {
      maxConnectionsPerAddress: maxConnections,
      maxServingPerAddress: maxServing,
      maxWaitingPerAddress: maxWaiting,
    }
    const gateway = await startGateway({ blocks: store.blocks, host: '127.0.0.1', port: 0, limits })
    return gateway.url
  },
})
