// Brings a deployment to a run with members: creates the run and gives it a grant, gives and bonds stake, names hot keys, joins,
// delegates and votes. Each step looks at the chain first, so it can be cut off anywhere and done again.

import type { Clock } from '@tessera/agent/clock'
import { accountOf } from '@tessera/chain/account'
import { allowManager } from '@tessera/chain/actions/allowManager'
import { approve } from '@tessera/chain/actions/approve'
import { createRun } from '@tessera/chain/actions/createRun'
import { deposit } from '@tessera/chain/actions/deposit'
import { getBallot } from '@tessera/chain/actions/getBallot'
import { getEmission } from '@tessera/chain/actions/getEmission'
import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { getPosition } from '@tessera/chain/actions/getPosition'
import { getRunCount } from '@tessera/chain/actions/getRunCount'
import { getRunDeposit } from '@tessera/chain/actions/getRunDeposit'
import { getSlot } from '@tessera/chain/actions/getSlot'
import { getStake } from '@tessera/chain/actions/getStake'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import { grant } from '@tessera/chain/actions/grant'
import { joinAsMiner } from '@tessera/chain/actions/joinAsMiner'
import { joinAsValidator } from '@tessera/chain/actions/joinAsValidator'
import { setDelegate } from '@tessera/chain/actions/setDelegate'
import { transfer } from '@tessera/chain/actions/transfer'
import { vote } from '@tessera/chain/actions/vote'
import type { Chain } from '@tessera/chain/clients'
import type { TransactionRequest } from '@tessera/chain/request'
import { TransactionSender } from '@tessera/chain/send'
import type { RunParams } from '@tessera/protocol/events'
import { type Hex, lowerHex } from '@tessera/protocol/hex'
import type { MemberPlan } from './accounts.ts'
import type { Bundle } from './bundle.ts'
import type { Preset } from './preset.ts'

/** Wei for the gas of each key. */
const ETHER_OF_A_KEY = 1_000n * 10n ** 18n

/** Slots of a run are at least these, so that others can join a test network too. */
const SPARE_MINERS = 16
const SPARE_VALIDATORS = 8
/** Contributions of a round that are folded into the state. */
const MAX_INCLUDED = 16

export interface Enlistment {
  readonly chain: Chain
  readonly clock: Clock
  readonly preset: Preset
  readonly pollMs: number
  readonly signal: AbortSignal
}

/** The run with this manifest; made and given its grant by the holder of all tokens if there is none yet. Returns its number. */
export async function ensureRun(enlistment: Enlistment, holderKey: Hex, params: RunParams): Promise<bigint> {
  const { chain, preset, signal } = enlistment
  const { deployment } = chain
  const holder = sender(enlistment, holderKey)
  const send = (request: TransactionRequest): Promise<unknown> => holder.send(request, { signal })
  const run = 1n
  if ((await getRunCount(chain, { signal })) === 0n) {
    const amount = await getRunDeposit(chain, { signal })
    await send(approve(deployment, { spender: deployment.runCoordinator, amount }))
    await send(createRun(deployment, { params }))
  }
  const manager = deployment.runCoordinator
  const { granted } = await getNextEpoch(chain, { manager, run }, { signal })
  if (granted === 0n) {
    await send(approve(deployment, { spender: deployment.rewardEscrow, amount: preset.grant }))
    await send(grant(deployment, { manager, run, amount: preset.grant }))
  }
  return run
}

export interface MemberKeys {
  readonly plan: MemberPlan
  readonly cold: Hex
  readonly hot: Hex
  readonly stake: bigint
}

/** Gives each member its stake from the holder's tokens, and its keys ether, which costs nothing on a chain of our own. */
export async function endow(enlistment: Enlistment, holderKey: Hex, members: readonly MemberKeys[]): Promise<void> {
  for (const { cold, hot, stake } of members) {
    const operator = accountOf(cold).address
    await setEther(enlistment.chain, hot)
    await give(enlistment, holderKey, { to: operator, amount: stake, stakedWith: operator })
  }
}

/** Ether, and these tokens if nothing is staked yet and they are not there. */
async function give(
  enlistment: Enlistment,
  holderKey: Hex,
  { to, amount, stakedWith }: { to: Hex; amount: bigint; stakedWith: Hex },
): Promise<void> {
  const { chain, signal } = enlistment
  await setEther(chain, to)
  const { shares } = await getPosition(chain, { operator: stakedWith, holder: to }, { signal })
  const balance = await getTokenBalance(chain, { account: to }, { signal })
  if (shares === 0n && balance < amount)
    await sender(enlistment, holderKey).send(transfer(chain.deployment, { to, amount }), { signal })
}

/** Bonds the stake, names the hot key and joins, with the member's own cold key. Returns the operator's address. */
export async function enlist(enlistment: Enlistment, run: bigint, member: MemberKeys): Promise<Hex> {
  const { chain, signal } = enlistment
  const { deployment } = chain
  const { plan, stake } = member
  const operator = lowerHex(accountOf(member.cold).address)
  const own = sender(enlistment, member.cold)
  const send = (request: TransactionRequest): Promise<unknown> => own.send(request, { signal })
  const { bonded, delegate } = await getStake(chain, { operator }, { signal })
  if (bonded === 0n) {
    await send(approve(deployment, { spender: deployment.stakeVault, amount: stake }))
    await send(deposit(deployment, { operator, amount: stake }))
  }
  if (lowerHex(delegate) !== lowerHex(member.hot)) await send(setDelegate(deployment, { delegate: member.hot }))
  if ((await getSlot(chain, { run, role: plan.role, operator }, { signal })) === undefined) {
    await send(allowManager(deployment, { manager: deployment.runCoordinator, allowed: true }))
    await send(plan.role === 'miner' ? joinAsMiner(deployment, { run }) : joinAsValidator(deployment, { run, stake }))
  }
  return operator
}

/** Stakes the preset's delegation with each operator, by somebody who runs no node. Returns its address. */
export async function delegate(
  enlistment: Enlistment,
  holderKey: Hex,
  key: Hex,
  operators: readonly Hex[],
): Promise<Hex> {
  const { chain, preset, signal } = enlistment
  const { deployment } = chain
  const holder = lowerHex(accountOf(key).address)
  const own = sender(enlistment, key)
  const amount = preset.delegation
  for (const operator of operators) {
    const { shares } = await getPosition(chain, { operator, holder }, { signal })
    if (shares > 0n) continue
    await give(enlistment, holderKey, { to: holder, amount, stakedWith: operator })
    await own.send(approve(deployment, { spender: deployment.stakeVault, amount }), { signal })
    await own.send(deposit(deployment, { operator, amount }), { signal })
  }
  return holder
}

/** Votes for the run with all that the key's account stakes, from the next period of the emission on. */
export async function voteFor(enlistment: Enlistment, run: bigint, key: Hex): Promise<void> {
  const { chain, signal } = enlistment
  const { deployment } = chain
  const { period, begun } = await getEmission(chain, { signal })
  const holder = accountOf(key).address
  const next = begun ? period + 1n : period
  if ((await getBallot(chain, { holder, period: next }, { signal })).length > 0) return
  const choices = [{ manager: deployment.runCoordinator, bps: 10_000, run }]
  await sender(enlistment, key).send(vote(deployment, { choices }), { signal })
}

/** anvil's own method; it exists on no other chain. */
async function setEther(chain: Chain, address: Hex): Promise<void> {
  const request = { method: 'anvil_setBalance', params: [address, `0x${ETHER_OF_A_KEY.toString(16)}`] }
  await (chain.client.request as (request: { method: string; params: unknown[] }) => Promise<unknown>)(request)
}

/** What a member bonds: miners the run's minimum, validators unequal amounts. */
export function stakeOf(preset: Preset, plan: MemberPlan): bigint {
  if (plan.role === 'miner') return preset.minerStake
  return preset.validatorStakes[plan.index % preset.validatorStakes.length] ?? preset.minerStake
}

export function runParams(
  preset: Preset,
  bundle: Bundle,
  rewardToken: Hex,
  members: { miners: number; validators: number },
): RunParams {
  const { timing } = preset
  const samplesOfAMiner = preset.training.steps * preset.training.batch
  // Room for more to join, as far as the text gives each samples of its own.
  const room = Math.min(SPARE_MINERS, Math.floor(bundle.trainSamples / samplesOfAMiner))
  const maxMiners = Math.max(members.miners, room)
  const largest = preset.validatorStakes.reduce((a, b) => (a > b ? a : b))
  return {
    manifestDigest: bundle.reference.digest,
    manifestSize: BigInt(bundle.reference.size),
    genesisRoot: bundle.genesisRoot,
    trainSeconds: timing.trainSeconds,
    commitSeconds: timing.commitSeconds,
    revealSeconds: timing.revealSeconds,
    attestSeconds: timing.attestSeconds,
    scoreCommitSeconds: timing.scoreCommitSeconds,
    scoreRevealSeconds: timing.scoreRevealSeconds,
    maxLeaders: Math.min(3, members.validators),
    roundsPerEpoch: timing.roundsPerEpoch,
    maxRounds: 0n,
    maxIncluded: Math.min(maxMiners, MAX_INCLUDED),
    minMiners: 1,
    maxMiners,
    minValidators: 1,
    maxValidators: Math.max(members.validators, SPARE_VALIDATORS),
    protectionEpochs: preset.protectionEpochs,
    minerStake: preset.minerStake,
    validatorStake: preset.minerStake,
    validatorWeightCap: largest,
    rewardToken,
    minPot: preset.minPot,
    epochPot: preset.epochPot,
    minerShareBps: 4_100,
    validatorShareBps: 4_100,
    maxBlobBytes: 2 ** 26,
    chunks: bundle.chunks,
  }
}

function sender(enlistment: Enlistment, key: Hex): TransactionSender {
  const { chain, clock, pollMs } = enlistment
  return new TransactionSender({ chain, account: accountOf(key), clock, pollMs })
}
