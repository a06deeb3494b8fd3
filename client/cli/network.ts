// The chain that a command is about: which server, which contracts.

import { readFileLimited } from '@tessera/agent/limitedFile'
import type { Resolved } from '@tessera/agent/optionTable'
import { type Deployment, MAX_DEPLOYMENT_BYTES, parseDeployment } from '@tessera/chain/addresses'
import { type Chain, openChain } from '@tessera/chain/clients'
import { nodeOptions } from '@tessera/node/nodeOptions'
import type { Scene } from './command.ts'

/** Spread into the table of a command that needs the chain. */
export const chainOptions = {
  rpc: nodeOptions.rpc,
  deployment: {
    flag: 'deployment',
    env: 'TESSERA_DEPLOYMENT',
    type: 'path',
    default: '.tessera/devnet/deployment/deployment.json',
    description: 'File with the addresses of the contracts; the one of the network of `npm start` if not given',
  },
} as const

/** Spread into the table of a command about one run. */
export const runOption = { run: { ...nodeOptions.run, description: 'Number of the run' } } as const

/** Spread into the table of a command whose result programs read, too. */
export const jsonOption = {
  json: {
    flag: 'json',
    env: 'TESSERA_JSON',
    type: 'boolean',
    description: 'Print the result as one line of JSON; amounts are in wei, as decimal text',
  },
} as const

/** Errors: those of `readFileLimited`, `parseDeployment` and `openChain`. */
export async function openNetwork(
  options: Resolved<typeof chainOptions>,
  { signal }: Pick<Scene, 'signal'>,
): Promise<Chain> {
  const deployment = await readDeployment(options, signal)
  return await openChain({ rpcUrl: options.rpc, deployment, signal })
}

async function readDeployment(options: Resolved<typeof chainOptions>, signal: AbortSignal): Promise<Deployment> {
  const file = await readFileLimited(options.deployment, MAX_DEPLOYMENT_BYTES, { signal })
  return parseDeployment(new TextDecoder().decode(file))
}
