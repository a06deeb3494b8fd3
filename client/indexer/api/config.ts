// `config.json` beside index.html: what a static build of the dashboard needs to know of its network. Written by the indexer, or by
// whoever publishes the build.

import type * as z from 'zod/mini'
import { list, object, text } from './fields.ts'

export const config = object({
  /** Contents of the deployment file. */
  deployment: text,
  /** The chain's JSON-RPC, for what is verified and signed. */
  rpc: text,
  /** Base of the indexer's routes; empty: where config.json came from. */
  indexer: text,
  /** Gateways to read blobs from, besides those that operators have announced. */
  gateways: list(text),
  /** Name of the network, for people. */
  network: text,
})

export type Config = z.output<typeof config>
