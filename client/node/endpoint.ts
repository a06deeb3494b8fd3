// Where others get this node's blobs: the address that it has on chain. Said by its operator, or that of its bucket, of its relay, or of
// its gateway, the first that there is. Nobody is told of an address at which strangers cannot reach it.

import type { Followed } from '@tessera/chain/follow'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import { lowerHex } from '@tessera/protocol/hex'
import { parseSource } from '@tessera/storage/source'
import type { NodeOptions } from './nodeOptions.ts'
import { s3PublicUrl } from './publishTargets.ts'

/** Undefined while it is not known: a relay says its own on chain, and may move. */
export type Endpoint = (view: Followed | undefined) => string | undefined

/** @throws `node/unreachable` */
export function endpointOf(options: NodeOptions, gatewayUrl: string): Endpoint {
  const { relay } = options
  const fixed = options.endpoint ?? s3PublicUrl(options)
  if (fixed === undefined && relay !== undefined) {
    return (view) => {
      const endpoint = view?.state.operators.get(lowerHex(relay))?.endpoint
      return endpoint === '' ? undefined : endpoint
    }
  }
  const endpoint = fixed ?? gatewayUrl
  try {
    parseSource(endpoint, { allowLoopback: options.allowPrivate })
  } catch (error) {
    throw isTesseraError(error) ? unreachable(endpoint, error) : error
  }
  return () => endpoint
}

function unreachable(endpoint: string, cause: TesseraError): TesseraError {
  return new TesseraError('node/unreachable', `other nodes will not fetch from ${endpoint}: ${cause.message}`, {
    hint: 'Give the public https address of this gateway with --endpoint, or publish with --publish-s3 or --relay; on a test network --allow-private',
    context: { endpoint },
    cause,
  })
}
