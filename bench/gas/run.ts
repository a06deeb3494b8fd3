// A run whose members are accounts without keys: its creation, and operators with stake that join it. They commit to contributions
// that nobody could fetch; what is written on the chain is as it would be with real ones.

import { allowManager } from '@tessera/chain/actions/allowManager'
import { approve } from '@tessera/chain/actions/approve'
import { createRun } from '@tessera/chain/actions/createRun'
import { deposit } from '@tessera/chain/actions/deposit'
import { getRunCount } from '@tessera/chain/actions/getRunCount'
import { grant } from '@tessera/chain/actions/grant'
import { joinAsMiner } from '@tessera/chain/actions/joinAsMiner'
import { joinAsValidator } from '@tessera/chain/actions/joinAsValidator'
import { transfer } from '@tessera/chain/actions/transfer'
import type { Role, RunParams } from '@tessera/protocol/events'
import { keccak256 } from '@tessera/protocol/hash'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import type { GasChain } from './chain.ts'

export const TOKEN = 10n ** 18n
const MINER_STAKE = 100n * TOKEN
/** Different for each, as their weights are in a real run. */
const VALIDATOR_STAKE = 1_000n * TOKEN
const PHASE_SECONDS = 100_000
/** More rounds than a ring of seals has are played, in so many epochs that their ring is overwritten too. */
export const ROUNDS_PER_EPOCH = 4

/** 32 bytes that belong to a name. */
export function word(name: string): Hex {
  return bytesToHex(keccak256(new TextEncoder().encode(name)))
}

export interface Population {
  readonly miners: number
  readonly validators: number
}

export interface Member {
  readonly operator: Hex
  readonly slot: number
  /** Wei; 0 of miners. */
  readonly weight: bigint
}

export interface GasRun {
  readonly id: bigint
  readonly params: RunParams
  readonly miners: readonly Member[]
  readonly validators: readonly Member[]
}

/** What it took an operator to join with nothing but tokens, by step. */
export interface JoinGas {
  readonly approve: number
  readonly deposit: number
  readonly allow: number
  readonly join: number
}

export function runParams(token: Hex, { miners, validators }: Population): RunParams {
  return {
    manifestDigest: word('manifest'),
    manifestSize: 4_000n,
    genesisRoot: word('genesis'),
    trainSeconds: PHASE_SECONDS,
    commitSeconds: PHASE_SECONDS,
    revealSeconds: PHASE_SECONDS,
    attestSeconds: PHASE_SECONDS,
    scoreCommitSeconds: PHASE_SECONDS,
    scoreRevealSeconds: PHASE_SECONDS,
    maxLeaders: 2,
    roundsPerEpoch: ROUNDS_PER_EPOCH,
    maxRounds: 0n,
    maxIncluded: 20,
    minMiners: 2,
    maxMiners: miners,
    minValidators: 2,
    maxValidators: validators,
    protectionEpochs: 2,
    minerStake: MINER_STAKE,
    validatorStake: VALIDATOR_STAKE,
    validatorWeightCap: 100n * VALIDATOR_STAKE,
    rewardToken: token,
    minPot: 1n,
    epochPot: 1_000n * TOKEN,
    minerShareBps: 4_100,
    validatorShareBps: 4_100,
    maxBlobBytes: 100_000_000,
    chunks: { k: 64, chunkSize: 4096, chunkCount: 1000, clipQ8: 512, rateQ16: 65_536, maxInnerSteps: 30, batch: 512 },
  }
}

/** Creates a run of the chain's holder and grants its pay. Returns its id and what its creation and its grant cost. */
async function newRun(gas: GasChain, params: RunParams): Promise<{ id: bigint; create: number; grant: number }> {
  const { chain, holder } = gas
  const { deployment } = chain
  const { runCoordinator: manager, rewardEscrow } = deployment
  const most = 10n ** 6n * TOKEN
  await gas.send(holder, approve(deployment, { spender: manager, amount: most }))
  await gas.send(holder, approve(deployment, { spender: rewardEscrow, amount: most }))
  const create = await gas.send(holder, createRun(deployment, { params }))
  const id = await getRunCount(chain)
  const granted = await gas.send(holder, grant(deployment, { manager, run: id, amount: 10n ** 5n * TOKEN }))
  return { id, create, grant: granted }
}

/** Gives an operator tokens and has it bond all of them and allow the coordinator to lock them. */
export async function bond(gas: GasChain, operator: Hex, amount: bigint): Promise<Omit<JoinGas, 'join'>> {
  const { deployment } = gas.chain
  const { runCoordinator: manager, stakeVault: spender } = deployment
  await gas.send(gas.holder, transfer(deployment, { to: operator, amount }))
  return {
    approve: await gas.send(operator, approve(deployment, { spender, amount })),
    deposit: await gas.send(operator, deposit(deployment, { operator, amount })),
    allow: await gas.send(operator, allowManager(deployment, { manager, allowed: true })),
  }
}

/** A newcomer with stake joins; its slot is the lowest that is free. */
async function join(
  gas: GasChain,
  role: Role,
  { id, name, slot }: { readonly id: bigint; readonly name: string; readonly slot: number },
): Promise<{ member: Member; cost: JoinGas }> {
  const { deployment } = gas.chain
  const operator = await gas.account(name)
  const stake = role === 'miner' ? MINER_STAKE : VALIDATOR_STAKE + BigInt(slot) * TOKEN
  const bonded = await bond(gas, operator, stake)
  const request =
    role === 'miner' ? joinAsMiner(deployment, { run: id }) : joinAsValidator(deployment, { run: id, stake })
  const cost = { ...bonded, join: await gas.send(operator, request) }
  return { member: { operator, slot, weight: role === 'miner' ? 0n : stake }, cost }
}

export interface StaffedRun {
  readonly run: GasRun
  readonly create: number
  readonly grant: number
  readonly minerJoins: readonly JoinGas[]
  readonly validatorJoins: readonly JoinGas[]
}

/** A run all of whose slots are taken. @param name what its members' names begin with. */
export async function staffedRun(
  gas: GasChain,
  name: string,
  population: Population,
  signal: AbortSignal,
): Promise<StaffedRun> {
  const params = runParams(gas.chain.deployment.token, population)
  const { id, create, grant: granted } = await newRun(gas, params)
  const joinAll = async (role: Role, count: number) => {
    const joined: { member: Member; cost: JoinGas }[] = []
    for (let slot = 0; slot < count; slot++) {
      signal.throwIfAborted()
      joined.push(await join(gas, role, { id, name: `${name} ${role} ${slot}`, slot }))
    }
    return { members: joined.map(({ member }) => member), costs: joined.map(({ cost }) => cost) }
  }
  const miners = await joinAll('miner', population.miners)
  const validators = await joinAll('validator', population.validators)
  const run = { id, params, miners: miners.members, validators: validators.members }
  return { run, create, grant: granted, minerJoins: miners.costs, validatorJoins: validators.costs }
}
