// The options of the indexer.

import { defineOptions } from '@tessera/agent/options'
import { nodeOptions } from '@tessera/node/nodeOptions'

const { rpc, deployment, allowPrivate, device, pollInterval, logLevel, logFormat, stopWithParent } = nodeOptions

export const indexerOptions = defineOptions({
  rpc,
  deployment,
  data: {
    flag: 'data',
    env: 'TESSERA_DATA',
    type: 'path',
    required: true,
    description: 'Folder for the embedded database and what the observer keeps; one process at a time',
  },
  database: {
    flag: 'database',
    env: 'TESSERA_DATABASE',
    type: 'url',
    protocols: ['postgres', 'postgresql'],
    secret: true,
    description: 'PostgreSQL database to use instead of the embedded one; of this indexer alone',
  },
  listenHost: {
    flag: 'listen-host',
    env: 'TESSERA_LISTEN_HOST',
    type: 'string',
    default: '127.0.0.1',
    description: 'Address that the routes and the dashboard are served on',
  },
  listenPort: {
    flag: 'listen-port',
    env: 'TESSERA_LISTEN_PORT',
    type: 'port',
    default: 8546,
    min: 0,
    description: 'Port of the same; 0 takes a free one',
  },
  site: {
    flag: 'site',
    env: 'TESSERA_SITE',
    type: 'path',
    description: 'Folder of a built dashboard to serve besides the routes',
  },
  network: {
    flag: 'network',
    env: 'TESSERA_NETWORK',
    type: 'string',
    default: 'devnet',
    max: 64,
    description: 'Name of the network that the dashboard shows',
  },
  publicRpc: {
    flag: 'public-rpc',
    env: 'TESSERA_PUBLIC_RPC',
    type: 'url',
    description: 'JSON-RPC endpoint that browsers are told to use; that of --rpc if not given',
  },
  gateways: {
    flag: 'gateways',
    env: 'TESSERA_GATEWAYS',
    type: 'list',
    items: 'url',
    default: [],
    description: 'Gateways to read blobs from besides those of the operators, for the observer and for browsers',
  },
  observe: {
    flag: 'observe',
    env: 'TESSERA_OBSERVE',
    type: 'boolean',
    default: true,
    description:
      'Fetch manifests, contributions and receipts, and measure each checkpoint; --no-observe for events alone',
  },
  diskQuota: {
    flag: 'disk-quota',
    env: 'TESSERA_DISK_QUOTA',
    type: 'integer',
    default: 20_000,
    min: 16,
    unit: 'MB',
    description: 'Limit of the blobs that the observer keeps',
  },
  allowPrivate,
  device,
  pollInterval,
  logLevel,
  logFormat,
  stopWithParent,
})
