// Whether what stands on the chain is what these sources say: the code at each address, linked libraries included, and everything
// that the constructors fixed. Reads only.

import type { ContractName, Deployment } from '@tessera/chain/addresses'
import { emissionAbi } from '@tessera/chain/generated/emission'
import { rewardEscrowAbi } from '@tessera/chain/generated/rewardEscrow'
import { runCoordinatorAbi } from '@tessera/chain/generated/runCoordinator'
import { stakeVaultAbi } from '@tessera/chain/generated/stakeVault'
import { tokenAbi } from '@tessera/chain/generated/token'
import { getCode, type HasClient, type ReadOptions, readContract } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import { ARTIFACTS, type Artifact, type ByteRange, type LinkReferences, readArtifact } from './artifacts.ts'
import type { DeployParams } from './readParams.ts'

const SOURCES: Readonly<Record<ContractName, string>> = {
  token: 'Token',
  stakeVault: 'StakeVault',
  rewardEscrow: 'RewardEscrow',
  emission: 'Emission',
  beacon: 'RandaoBeacon',
  runCoordinator: 'RunCoordinator',
}

/** A chain and where the contracts should be on it. */
export interface Subject extends HasClient {
  readonly deployment: Deployment
}

/**
 * Compares the deployed code with the artifacts: all of it except immutables, links and the trailing metadata, which differs
 * when only a comment was changed.
 * @throws `deploy/code-mismatch`
 */
export async function verifyCode(subject: Subject, artifacts: string = ARTIFACTS, signal?: AbortSignal): Promise<void> {
  for (const [name, contract] of Object.entries(SOURCES) as [ContractName, string][]) {
    const artifact = await readArtifact(artifacts, `contracts/${contract}.sol`, contract)
    const address = subject.deployment[name]
    const code = await getCode(subject, address, signal)
    compareCode(contract, address, code, artifact)
    for (const [source, libraries] of Object.entries(artifact.deployedLinkReferences)) {
      for (const [library, ranges] of Object.entries(libraries)) {
        const at = linkedAddress(code, ranges)
        compareCode(library, at, await getCode(subject, at, signal), await readArtifact(artifacts, source, library))
      }
    }
  }
}

/**
 * Compares what the constructors fixed with the deployment and its parameters.
 * @throws `deploy/wiring-mismatch`, with what was found and what was wanted
 */
export async function verifyWiring(subject: Subject, params: DeployParams, signal?: AbortSignal): Promise<void> {
  const { token, stakeVault, rewardEscrow, emission, beacon } = subject.deployment
  const options = { signal }
  await compareFixed(subject, 'token', tokenAbi, { MINTER: emission, cap: params.tokenCapWei }, options)
  await compareSupply(subject, params, options)
  const stakes = {
    TOKEN: token,
    SINK: params.slashSink,
    UNBONDING_SECONDS: params.unbondingSeconds,
    COMMISSION_DELAY: params.commissionDelaySeconds,
    BOUNTY_CAP_BPS: params.bountyCapBps,
  }
  await compareFixed(subject, 'stakeVault', stakeVaultAbi, stakes, options)
  await compareFixed(subject, 'rewardEscrow', rewardEscrowAbi, { NATIVE: token, STAKES: stakeVault }, options)
  const schedule = {
    TOKEN: token,
    STAKES: stakeVault,
    REWARDS: rewardEscrow,
    PERIOD_SECONDS: params.emissionPeriodSeconds,
    PERIODS_PER_HALVING: params.emissionPeriodsPerHalving,
    INITIAL: params.emissionInitialWei,
    QUORUM_BPS: params.emissionQuorumBps,
    MIN_VOTE_BPS: params.emissionMinVoteBps,
  }
  await compareFixed(subject, 'emission', emissionAbi, schedule, options)
  const wires = {
    STAKE_VAULT: stakeVault,
    REWARDS: rewardEscrow,
    BEACON: beacon,
    COURT: ZERO_ADDRESS,
    TOKEN: token,
    RUN_DEPOSIT: params.runDepositWei,
  }
  await compareFixed(subject, 'runCoordinator', runCoordinatorAbi, wires, options)
}

/** Holds what getters of a contract say against what is wanted, by their names. */
async function compareFixed(
  subject: Subject,
  name: ContractName,
  abi: Parameters<typeof readContract>[1]['abi'],
  wanted: Readonly<Record<string, Hex | bigint | number>>,
  options: ReadOptions,
): Promise<void> {
  const address = subject.deployment[name]
  for (const [functionName, value] of Object.entries(wanted)) {
    const found = await readContract(subject, { address, abi, functionName, args: [] }, options)
    const same = typeof value === 'string' ? sameHex(String(found) as Hex, value) : String(found) === String(value)
    if (!same) throw wiringMismatch(`${SOURCES[name]}.${functionName}`, String(found), `not ${value}`)
  }
}

/** The supply of the first block is kept nowhere; since then the emission may have added to it. */
async function compareSupply(subject: Subject, params: DeployParams, options: ReadOptions): Promise<void> {
  const token = { address: subject.deployment.token, abi: tokenAbi, args: [] } as const
  const supply = await readContract(subject, { ...token, functionName: 'totalSupply' }, options)
  if (supply < params.tokenSupplyWei)
    throw wiringMismatch('Token.totalSupply', String(supply), `less than ${params.tokenSupplyWei}`)
}

function compareCode(contract: string, address: Hex, code: Hex, artifact: Artifact): void {
  if (comparable(code, artifact) === comparable(artifact.deployedBytecode, artifact)) return
  throw new TesseraError('deploy/code-mismatch', `the code at ${address} is not that of ${contract}`, {
    hint: 'The contracts were changed since they were deployed: go back to the version that deployed them, or deploy anew in another folder',
    context: { contract, address },
  })
}

/** The code with everything blanked that may differ between two deployments of the same source. */
function comparable(code: Hex, artifact: Artifact): string {
  const ranges = [
    ...Object.values(artifact.immutableReferences ?? {}).flat(),
    ...linkRanges(artifact.deployedLinkReferences),
  ]
  // A library begins with a push of its own address, which the compiler leaves zero.
  if (/^0x73(0{40}|[0-9a-f]{40}30146080)/.test(code)) ranges.push({ start: 1, length: 20 })
  let body = withoutMetadata(code.slice(2))
  for (const { start, length } of ranges)
    body = body.slice(0, 2 * start) + '0'.repeat(2 * length) + body.slice(2 * (start + length))
  return body
}

/** The compiler ends the code with CBOR metadata and its length in two bytes. */
function withoutMetadata(hex: string): string {
  const length = Number.parseInt(hex.slice(-4), 16)
  return hex.length >= 4 + 2 * length ? hex.slice(0, -4 - 2 * length) : hex
}

function linkRanges(references: LinkReferences): ByteRange[] {
  return Object.values(references).flatMap((libraries) => Object.values(libraries).flat())
}

function linkedAddress(code: Hex, ranges: readonly ByteRange[]): Hex {
  const start = ranges[0]?.start ?? 0
  return `0x${code.slice(2 + 2 * start, 2 + 2 * (start + 20))}`
}

function wiringMismatch(what: string, found: string, wanted: string): TesseraError {
  return new TesseraError('deploy/wiring-mismatch', `${what} is ${found}, ${wanted}`, {
    hint: 'The parameters were changed since the deployment: take them back, or deploy anew in another folder',
    context: { what, found, wanted },
  })
}
