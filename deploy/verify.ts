// Whether what stands on the chain is what these sources say: the code at each address, the library's included, and everything
// that the constructors fixed. Reads only.

import type { ContractName, Deployment } from '@tessera/chain/addresses'
import { rewardVaultAbi } from '@tessera/chain/generated/rewardVault'
import { runCoordinatorAbi } from '@tessera/chain/generated/runCoordinator'
import { stakeVaultAbi } from '@tessera/chain/generated/stakeVault'
import { tokenAbi } from '@tessera/chain/generated/token'
import { getCode, type HasClient, readContract } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import { ARTIFACTS, type Artifact, type ByteRange, type LinkReferences, readArtifact } from './artifacts.ts'
import type { DeployParams } from './readParams.ts'

const SOURCES: Readonly<Record<ContractName, string>> = {
  token: 'Token',
  stakeVault: 'StakeVault',
  rewardVault: 'RewardVault',
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
  const { token, stakeVault, rewardVault, beacon, runCoordinator } = subject.deployment
  const options = { signal }
  const ask = { address: stakeVault, abi: stakeVaultAbi, args: [] } as const
  const vault = { address: rewardVault, abi: rewardVaultAbi, args: [] } as const
  const run = { address: runCoordinator, abi: runCoordinatorAbi, args: [] } as const
  const read = readContract
  const supply = { address: token, abi: tokenAbi, functionName: 'totalSupply', args: [] } as const
  expect('Token.totalSupply', await read(subject, supply, options), params.tokenSupplyWei)
  expect('StakeVault.TOKEN', await read(subject, { ...ask, functionName: 'TOKEN' }, options), token)
  expect('StakeVault.SINK', await read(subject, { ...ask, functionName: 'SINK' }, options), params.slashSink)
  expect(
    'StakeVault.UNBONDING_SECONDS',
    await read(subject, { ...ask, functionName: 'UNBONDING_SECONDS' }, options),
    params.unbondingSeconds,
  )
  expect(
    'StakeVault.COMMISSION_DELAY',
    await read(subject, { ...ask, functionName: 'COMMISSION_DELAY' }, options),
    params.commissionDelaySeconds,
  )
  expect(
    'StakeVault.BOUNTY_CAP_BPS',
    await read(subject, { ...ask, functionName: 'BOUNTY_CAP_BPS' }, options),
    params.bountyCapBps,
  )
  expect('RewardVault.TOKEN', await read(subject, { ...vault, functionName: 'TOKEN' }, options), token)
  expect('RewardVault.STAKES', await read(subject, { ...vault, functionName: 'STAKES' }, options), stakeVault)
  expect(
    'RunCoordinator.STAKE_VAULT',
    await read(subject, { ...run, functionName: 'STAKE_VAULT' }, options),
    stakeVault,
  )
  expect(
    'RunCoordinator.REWARD_VAULT',
    await read(subject, { ...run, functionName: 'REWARD_VAULT' }, options),
    rewardVault,
  )
  expect('RunCoordinator.BEACON', await read(subject, { ...run, functionName: 'BEACON' }, options), beacon)
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

function expect(what: string, found: Hex | bigint | number, wanted: Hex | bigint | number): void {
  const same =
    typeof found === 'string' && typeof wanted === 'string' ? sameHex(found, wanted) : String(found) === String(wanted)
  if (same) return
  throw new TesseraError('deploy/wiring-mismatch', `${what} is ${found}, not ${wanted}`, {
    hint: 'The parameters were changed since the deployment: take them back, or deploy anew in another folder',
    context: { what, found, wanted },
  })
}
