// A whole network on one machine, opened in order: data and programs, chain, contracts, run and members. Starting the nodes is
// the caller's, so that tests can start some, kill others and put their own in between. A second opening in the same
// folder goes on where the first ended.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@tessera/agent/clock'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import { type Chain, openChain } from '@tessera/chain/clients'
import type { Hex } from '@tessera/protocol/hex'
import { type EmbeddedStore, openEmbeddedStore } from '@tessera/storage/embeddedStore'
import { GATEWAY_LIMITS, startGateway } from '@tessera/storage/gatewayServer'
import { deployTessera } from '../deploy.ts'
import { readParams } from '../readParams.ts'
import { delegatorKey, keysOf, type MemberPlan, planMembers } from './accounts.ts'
import { type Anvil, startAnvil } from './anvil.ts'
import { type Bundle, loadOrBuildBundle } from './bundle.ts'
import { delegate, type Enlistment, endow, enlist, ensureRun, runParams, stakeOf, voteFor } from './enlist.ts'
import { DEVNET_HOLDER_KEY } from './holder.ts'
import type { Member } from './member.ts'
import type { Preset } from './preset.ts'

export interface NetworkRequest {
  readonly preset: Preset
  /** Folder of the network. */
  readonly data: string
  /** Root of the repository. */
  readonly root: string
  readonly corpus: string | undefined
  readonly dataset: string | undefined
  readonly model: string | undefined
  readonly corpusLimit: number
  readonly miners: number
  readonly validators: number
  readonly port: number
  readonly blockTime: number
  readonly lifecycle: Lifecycle
  readonly print: (line: string) => void
  /** Called once the contracts are there, before the run is: for what follows the chain. */
  readonly onDeployed?: (place: Place) => void
}

/** Where a chain with our contracts is, and a gateway with the run's own blobs, for whoever starts without them. */
export interface Place {
  readonly rpcUrl: string
  readonly deploymentFile: string
  readonly mirror: string
}

/** Somebody who stakes with others and runs no node. */
export interface Delegator {
  readonly address: Hex
  /** With whom. */
  readonly operators: readonly Hex[]
}

export interface Network {
  readonly anvil: Anvil
  readonly chain: Chain
  readonly deploymentFile: string
  readonly run: bigint
  readonly bundle: Bundle
  readonly members: readonly Member[]
  readonly delegator: Delegator
  /** Wei of the network's token before the first emission. */
  readonly genesisSupply: bigint
  /** URL of a gateway with the run's own blobs, for whoever starts without them. */
  readonly mirror: string
}

/** What the launcher's own store may hold: the run's data set, programs and genesis. */
const SEED_QUOTA_BYTES = 8 * 2 ** 30
const SETUP_POLL_MS = 100

/** Opens the network; what it starts is closed by the lifecycle. Errors: `corpus/…`, `devnet/…`, `deploy/…`, `chain/…`. */
export async function openNetwork(request: NetworkRequest): Promise<Network> {
  const { data, preset, lifecycle, print } = request
  const { signal } = lifecycle
  await mkdir(join(data, 'logs'), { recursive: true })

  const seed = await openEmbeddedStore({ dir: join(data, 'seed'), quotaBytes: SEED_QUOTA_BYTES, allowLoopback: true })
  lifecycle.onClose('seed store', () => seed.close())
  const bundle = await prepare(request, seed)
  const limits = { maxConnectionsPerAddress: GATEWAY_LIMITS.maxConnections }
  const { url: mirror, close } = await startGateway({ blocks: seed.blocks, host: '127.0.0.1', port: 0, limits })
  lifecycle.onClose('seed gateway', close)
  const anvil = await startAnvil({
    port: request.port,
    stateFile: join(data, 'chain.json'),
    blockSeconds: request.blockTime,
    signal,
  })
  lifecycle.onClose('chain', () => anvil.stop())
  print(`chain      ${anvil.rpcUrl}`)

  const deployParams = await readParams('devnet')
  const { deployment, file, reused } = await deployTessera({
    rpcUrl: anvil.rpcUrl,
    folder: join(data, 'deployment'),
    params: deployParams,
    deployerKey: DEVNET_HOLDER_KEY,
    log: (line) => print(`contracts  ${line}`),
    signal,
  })
  request.onDeployed?.({ rpcUrl: anvil.rpcUrl, deploymentFile: file, mirror })
  const chain = await openChain({ rpcUrl: anvil.rpcUrl, deployment, signal })
  const enlistment: Enlistment = { chain, clock: systemClock, preset, pollMs: SETUP_POLL_MS, signal }
  const params = runParams(preset, bundle, deployment.token, request)
  const run = await ensureRun(enlistment, DEVNET_HOLDER_KEY, params)
  const members = await enlistAll(enlistment, run, planMembers(data, request.miners, request.validators))
  const delegator = await delegateAndVote(enlistment, run, await delegatorKey(data), members)
  print(`run        ${run}: ${request.miners} miners, ${request.validators} validators${reused ? ', going on' : ''}`)
  return {
    anvil,
    chain,
    deploymentFile: file,
    run,
    bundle,
    members,
    delegator,
    genesisSupply: deployParams.tokenSupplyWei,
    mirror,
  }
}

async function prepare(request: NetworkRequest, store: EmbeddedStore): Promise<Bundle> {
  const { preset, print } = request
  const bundle = await loadOrBuildBundle({
    preset,
    store,
    corpus: request.corpus,
    dataset: request.dataset,
    model: request.model,
    packagesRoot: request.root,
    corpusLimit: request.corpusLimit,
    miners: request.miners,
    file: join(request.data, 'bundle.json'),
    signal: request.lifecycle.signal,
  })
  print(`model      ${preset.name}: ${bundle.parameters.toLocaleString('en')} parameters`)
  print(`text       ${bundle.data}`)
  return bundle
}

/** Stakes come from one key, one after another; then each member acts with its own key, side by side. */
async function enlistAll(
  enlistment: Enlistment,
  run: bigint,
  plans: readonly MemberPlan[],
): Promise<readonly Member[]> {
  const members = await Promise.all(
    plans.map(async (plan) => {
      const keys = await keysOf(plan)
      return { plan, keys, cold: keys.cold, hot: keys.hot, stake: stakeOf(enlistment.preset, plan) }
    }),
  )
  await endow(enlistment, DEVNET_HOLDER_KEY, members)
  return await Promise.all(
    members.map(async (member) => ({
      plan: member.plan,
      keys: member.keys,
      operator: await enlist(enlistment, run, member),
    })),
  )
}

/** The delegator stakes with the first of each role before the first epoch opens; then all who stake vote for the run. */
async function delegateAndVote(
  enlistment: Enlistment,
  run: bigint,
  key: Hex,
  members: readonly Member[],
): Promise<Delegator> {
  const operators = members.filter(({ plan }) => plan.index === 0).map(({ operator }) => operator)
  const address = await delegate(enlistment, DEVNET_HOLDER_KEY, key, operators)
  await Promise.all([...members.map(({ keys }) => keys.cold), key].map((voter) => voteFor(enlistment, run, voter)))
  return { address, operators }
}
