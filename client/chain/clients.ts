// The way to one chain and one deployment on it: a viem client, opened only after the chain has shown that it is the right
// one. Not for keys: those are with the sender.

import { TesseraError } from '@tessera/protocol/errors'
import { createPublicClient, http, type PublicClient, type Transport } from 'viem'
import { CONTRACTS, type Deployment } from './addresses.ts'
import { badResponse, noContract } from './errors.ts'
import { getChainId, getCode, getHeader } from './rpc.ts'

/** A chain with our contracts on it. */
export interface Chain {
  readonly client: PublicClient
  readonly deployment: Deployment
}

const DEFAULT_TIMEOUT_MS = 10_000
/** The largest answer that is read: 2000 blocks' logs of a full run stay below it. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024

/** Where the chain is: the URL of a JSON-RPC server, or a viem transport. */
export type Endpoint =
  | { readonly rpcUrl: string; readonly timeoutMs?: number | undefined }
  | { readonly transport: Transport }

/** A client that checks nothing yet. Each request is tried once and ends after the timeout. */
export function openClient(endpoint: Endpoint): PublicClient {
  const transport =
    'transport' in endpoint
      ? endpoint.transport
      : http(checkedUrl(endpoint.rpcUrl), {
          timeout: endpoint.timeoutMs ?? DEFAULT_TIMEOUT_MS,
          retryCount: 0,
          maxResponseBodySize: MAX_RESPONSE_BYTES,
        })
  return createPublicClient({ transport })
}

/**
 * Opens a chain and checks that it is the deployment's: chain id, hash of block 0, code at each address.
 * @throws `chain/bad-url`, `chain/unreachable`, `chain/bad-response`, `chain/wrong-chain`, `chain/no-contract`
 */
export async function openChain(
  options: Endpoint & { readonly deployment: Deployment; readonly signal?: AbortSignal | undefined },
): Promise<Chain> {
  const { deployment, signal } = options
  const client = openClient(options)
  const chainId = await getChainId({ client }, signal)
  if (chainId !== BigInt(deployment.chainId)) throw wrongChain({ chainId, wanted: deployment.chainId })
  await checkGenesis({ client, deployment }, signal)
  for (const contract of CONTRACTS) {
    const address = deployment[contract]
    if ((await getCode({ client }, address, signal)) === '0x') throw noContract({ contract, address })
  }
  return { client, deployment }
}

/**
 * Checks that the chain began with the deployment's block 0: a devnet that was started anew has another.
 * @throws `chain/wrong-chain` and those of a request
 */
export async function checkGenesis(chain: Chain, signal?: AbortSignal): Promise<void> {
  const genesis = await getHeader(chain, 0n, signal)
  if (genesis === undefined) throw badResponse('there is no block 0')
  const wanted = chain.deployment.genesisHash
  if (genesis.hash !== wanted) throw wrongChain({ genesisHash: genesis.hash, wanted })
}

function checkedUrl(rpcUrl: string): string {
  if (!URL.canParse(rpcUrl) || !/^https?:$/.test(new URL(rpcUrl).protocol))
    throw new TesseraError('chain/bad-url', 'the RPC URL is not an http or https URL', {
      hint: 'Give it in the form http://127.0.0.1:8545',
    })
  return rpcUrl
}

function wrongChain(context: Readonly<Record<string, unknown>>): TesseraError {
  return new TesseraError('chain/wrong-chain', 'the RPC server serves another chain than the deployment is on', {
    hint: 'Point to the RPC server and the deployment file of the same network; a devnet that was started anew needs its new file',
    context,
  })
}
