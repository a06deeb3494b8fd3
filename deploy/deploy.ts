// Puts the contracts on a chain, once: deploys, verifies, writes the deployment file; or finds that a deployment from before
// still stands, and verifies that. From a terminal: main.ts.

import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import { readFileLimited } from '@tessera/agent/limitedFile'
import { accountOf } from '@tessera/chain/account'
import {
  CONTRACTS,
  type Deployment,
  formatDeployment,
  MAX_DEPLOYMENT_BYTES,
  parseDeployment,
} from '@tessera/chain/addresses'
import { openClient } from '@tessera/chain/clients'
import { getChainId, getCode, getHead, getHeader, type HasClient } from '@tessera/chain/rpc'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { runHardhat } from './hardhatJob.ts'
import type { DeployParams } from './readParams.ts'
import { verifyCode, verifyWiring } from './verify.ts'

export interface DeployOptions {
  readonly rpcUrl: string
  /** Holds the deployment file and, while deploying, Ignition's journal. */
  readonly folder: string
  readonly params: DeployParams
  readonly deployerKey: Hex
  readonly log: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

export interface Deployed {
  readonly deployment: Deployment
  /** Path of the deployment file. */
  readonly file: string
  /** False when it was deployed now. */
  readonly reused: boolean
}

/** Which chain this is: the id alone does not tell two devnets apart. */
interface ChainIdentity {
  readonly chainId: number
  readonly genesisHash: Hex
}

/**
 * Brings a chain and a folder to a verified deployment. May be cut off anywhere and called again.
 * @throws `deploy/other-chain`, `deploy/code-mismatch`, `deploy/wiring-mismatch`, `deploy/hardhat-failed`, those of the chain
 */
export async function deployTessera(options: DeployOptions): Promise<Deployed> {
  const { folder, params, log, signal } = options
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'deployment.json')
  const client = openClient(options)
  const identity = await identify({ client }, signal)

  const known = await readDeployment(file, signal)
  const reused = known !== undefined && (await stands({ client }, known, identity, signal))
  if (known !== undefined && !reused) {
    if (!params.disposableChain) throw otherChain(known, identity)
    log('the chain was started anew: deploying again')
  }
  if (reused) await runHardhat({ kind: 'build' }, signal)
  const deployment = reused ? known : await deploy(options, { client }, identity)

  const subject = { client, deployment }
  await verifyCode(subject, undefined, signal)
  await verifyWiring(subject, params, signal)
  if (!reused) await writeFileAtomic(file, formatDeployment(deployment))
  log(`${reused ? 'found' : 'deployed'} and verified: coordinator ${deployment.runCoordinator}`)
  return { deployment, file, reused }
}

async function deploy(options: DeployOptions, chain: HasClient, identity: ChainIdentity): Promise<Deployment> {
  const { rpcUrl, folder, params, deployerKey, log, signal } = options
  const deploymentId = `chain-${identity.chainId}`
  // On a chain that may have been started anew Ignition's journal is worth nothing: it never looks whether the code is there.
  if (params.disposableChain) await rm(join(folder, 'deployments', deploymentId), { recursive: true, force: true })
  const fromBlock = await firstBlock(chain, folder, identity, signal)
  log('compiling and deploying the contracts')
  const addresses = await runHardhat(
    {
      kind: 'deploy',
      rpcUrl,
      deployerKey,
      folder,
      deploymentId,
      parameters: {
        tokenHolder: params.tokenHolder === 'deployer' ? accountOf(deployerKey).address : params.tokenHolder,
        tokenSupplyWei: params.tokenSupplyWei,
        tokenCapWei: params.tokenCapWei,
        slashSink: params.slashSink,
        unbondingSeconds: params.unbondingSeconds,
        commissionDelaySeconds: params.commissionDelaySeconds,
        bountyCapBps: params.bountyCapBps,
        emissionDelaySeconds: params.emissionDelaySeconds,
        emissionPeriodSeconds: params.emissionPeriodSeconds,
        emissionPeriodsPerHalving: params.emissionPeriodsPerHalving,
        emissionInitialWei: params.emissionInitialWei,
        emissionQuorumBps: params.emissionQuorumBps,
        emissionMinVoteBps: params.emissionMinVoteBps,
        runDepositWei: params.runDepositWei,
      },
      confirmationBlocks: params.confirmationBlocks,
      pollMs: params.pollMs,
    },
    signal,
  )
  if (addresses === undefined) throw new TypeError('a deployment has addresses')
  return { ...identity, fromBlock, ...addresses }
}

async function identify(chain: HasClient, signal?: AbortSignal): Promise<ChainIdentity> {
  const chainId = Number(await getChainId(chain, signal))
  const genesis = await getHeader(chain, 0n, signal)
  if (genesis === undefined) throw new TesseraError('chain/bad-response', 'there is no block 0', { retryable: true })
  return { chainId, genesisHash: genesis.hash }
}

/** Whether a deployment is one of this chain and all its contracts are there. */
async function stands(
  chain: HasClient,
  known: Deployment,
  identity: ChainIdentity,
  signal?: AbortSignal,
): Promise<boolean> {
  if (known.chainId !== identity.chainId || known.genesisHash !== identity.genesisHash) return false
  for (const name of CONTRACTS) if ((await getCode(chain, known[name], signal)) === '0x') return false
  return true
}

/** The block before the first attempt's transactions; kept, since an attempt may be cut off and gone on with. */
async function firstBlock(
  chain: HasClient,
  folder: string,
  identity: ChainIdentity,
  signal?: AbortSignal,
): Promise<bigint> {
  const file = join(folder, 'attempt.json')
  const text = await readText(file, signal)
  const attempt = text === undefined ? undefined : parseAttempt(text)
  if (attempt !== undefined && attempt.genesisHash === identity.genesisHash) return attempt.fromBlock
  const { number } = await getHead(chain, signal)
  await writeFileAtomic(
    file,
    `${JSON.stringify({ genesisHash: identity.genesisHash, fromBlock: number.toString() })}\n`,
  )
  return number
}

/** Undefined when it is not what `firstBlock` writes: then the attempt is taken as new. */
function parseAttempt(text: string): { genesisHash: unknown; fromBlock: bigint } | undefined {
  try {
    const { genesisHash, fromBlock } = JSON.parse(text) as Readonly<Record<string, unknown>>
    return typeof fromBlock === 'string' ? { genesisHash, fromBlock: BigInt(fromBlock) } : undefined
  } catch {
    return undefined
  }
}

async function readDeployment(file: string, signal?: AbortSignal): Promise<Deployment | undefined> {
  const text = await readText(file, signal)
  return text === undefined ? undefined : parseDeployment(text)
}

async function readText(file: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await readFileLimited(file, MAX_DEPLOYMENT_BYTES, { signal }))
  } catch (error) {
    if (isTesseraError(error, 'file/missing')) return undefined
    throw error
  }
}

function otherChain(known: Deployment, identity: ChainIdentity): TesseraError {
  return new TesseraError('deploy/other-chain', 'the deployment in this folder is not on this chain', {
    hint: 'Point to the RPC server of its chain, or deploy into another folder',
    context: { known: { chainId: known.chainId, genesisHash: known.genesisHash }, found: identity },
  })
}
