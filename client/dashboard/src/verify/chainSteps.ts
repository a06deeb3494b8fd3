// The steps that every check begins with: the chain is the right one, and its log of the run follows from the rules.

import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { getRun } from '@tessera/chain/actions/getRun'
import { getRunHead } from '@tessera/chain/actions/getRunHead'
import { CONTRACTS } from '@tessera/chain/addresses'
import type { Chain } from '@tessera/chain/clients'
import { type Followed, RunFollower } from '@tessera/chain/follow'
import { getHeader } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import type { RunParams } from '@tessera/protocol/events'
import { lowerHex } from '@tessera/protocol/hex'
import { type ParamValue, paramEntries } from '@tessera/protocol/runParams'
import type { Evidence } from './evidence.ts'
import type { Finder, StepLog, StepPlan } from './stepLog.ts'
import { counted } from './words.ts'

export const CHAIN_STEPS = [
  {
    id: 'chain',
    title: 'The chain is the right one',
    about:
      'The RPC server serves the chain of this network: its id, its first block, and code at the address of each contract.',
  },
  {
    id: 'log',
    title: 'The run’s log follows the rules',
    about: 'Every event of the run is replayed by the protocol’s rules, in this browser, up to the newest block.',
  },
] as const satisfies readonly StepPlan[]

export interface Replayed {
  readonly chain: Chain
  readonly followed: Followed
  readonly params: RunParams
}

/** Undefined when a step failed; the rest is then skipped. */
export async function replay(
  log: StepLog,
  evidence: Evidence,
  run: bigint,
  signal: AbortSignal,
): Promise<Replayed | undefined> {
  const chain = await log.run('chain', signal, (find) => openChain(find, evidence, signal))
  if (chain === undefined) return undefined
  return log.run('log', signal, (find) => followRun(find, chain, run, signal))
}

async function openChain(find: Finder, evidence: Evidence, signal: AbortSignal): Promise<Chain> {
  const chain = await evidence.openChain(signal)
  const genesis = await getHeader(chain, 0n, signal)
  find.compare('hash of block 0', chain.deployment.genesisHash, genesis?.hash ?? null)
  find.says(`chain ${chain.deployment.chainId}, ${CONTRACTS.length} contracts`)
  return chain
}

async function followRun(find: Finder, chain: Chain, run: bigint, signal: AbortSignal): Promise<Replayed> {
  const { fromBlock } = chain.deployment
  const onProgress = (at: bigint, head: bigint): void =>
    find.progress(Number(at - fromBlock), Number(head - fromBlock), 'blocks')
  const follower = new RunFollower({ chain, run, onProgress })
  await follower.poll(signal)
  const { current } = follower
  const params = current?.state.params
  if (current === undefined || params === undefined || params === null) throw unknownRun(run)
  const { state, block } = current
  const at = { blockNumber: block.number, signal }
  const ofEscrow = { manager: chain.deployment.runCoordinator, run }
  const [created, head, next] = await Promise.all([
    getRun(chain, { run }, at),
    getRunHead(chain, { run }, at),
    getNextEpoch(chain, ofEscrow, at),
  ])
  find.compare('owner', state.owner, lowerHex(created.owner))
  const there = new Map(paramEntries(created.params))
  for (const [name, value] of paramEntries(params)) find.compare(name, shown(value), shown(there.get(name)))
  find.compare('root of the last final round', state.stateRoot, head.stateRoot)
  find.compare('last round', state.round?.id ?? 0n, head.round)
  find.compare('last epoch', BigInt(state.epochs.size), head.epoch)
  find.compare('granted that no epoch holds', state.granted, next.granted)
  find.says(
    `${counted(state.rounds.length, 'round')}, ${counted(state.epochs.size, 'epoch')}, up to block ${block.number}`,
  )
  return { chain, followed: current, params }
}

/** Addresses in one case. */
function shown(value: ParamValue | undefined): string | null {
  return value === undefined ? null : String(value).toLowerCase()
}

function unknownRun(run: bigint): TesseraError {
  return new TesseraError('verify/unknown-run', `there is no run ${run} on this chain`, {
    hint: 'Check the number of the run; if the indexer shows it, the indexer or the RPC server is of another chain',
    context: { run },
  })
}
