// Logs of our contracts as the protocol's events. Strict: a log decodes to exactly the bytes that it came as, or not at all.

import { TesseraError } from '@tessera/protocol/errors'
import { EVENT_NAMES, type RunEvent } from '@tessera/protocol/events'
import {
  type Abi,
  type Address,
  decodeEventLog,
  encodeAbiParameters,
  encodeEventTopics,
  type Hex,
  isAddressEqual,
  toEventSelector,
} from 'viem'
import type { Deployment } from './addresses.ts'
import { badResponse } from './errors.ts'
import { emissionAbi } from './generated/emission.ts'
import { rewardEscrowAbi } from './generated/rewardEscrow.ts'
import { runCoordinatorAbi } from './generated/runCoordinator.ts'
import { stakeVaultAbi } from './generated/stakeVault.ts'
import type { RawLog } from './shapes.ts'

/** The contracts whose events tell the story of a run. */
export function followedAddresses(deployment: Deployment): readonly Address[] {
  return [deployment.runCoordinator, deployment.stakeVault, deployment.rewardEscrow]
}

/** All that the protocol's transition asks for; the vaults emit more. */
const WANTED: ReadonlySet<string> = new Set(Object.values(EVENT_NAMES).flat())

/**
 * The event in a log of one of the followed contracts; undefined when it is one that a run's story does not need.
 * @throws `chain/bad-response` when it cannot be what the contracts emit, `chain/unknown-event`
 */
export function decodeLog(log: RawLog, deployment: Deployment): RunEvent | undefined {
  return decodeNamed(log, deployment, WANTED) as RunEvent | undefined
}

/**
 * The event in a log of one of our contracts, its name beside its fields; undefined when it is none of the wanted ones.
 * @throws as `decodeLog`
 */
export function decodeNamed(
  log: RawLog,
  deployment: Deployment,
  wanted: ReadonlySet<string>,
): { readonly name: string } | undefined {
  const where = { address: log.address, blockNumber: log.blockNumber, logIndex: log.logIndex }
  const abi = abiAt(log.address, deployment)
  if (abi === undefined) throw badResponse('a log of a contract that was not asked for', where)
  const selector = log.topics[0]
  const event = abi.find((entry) => entry.type === 'event' && toEventSelector(entry) === selector)
  if (event?.type !== 'event') throw unknownEvent(where, selector)
  const { name, inputs } = event
  if (!wanted.has(name)) return undefined
  try {
    const topics = [...log.topics] as [Hex, ...Hex[]]
    const args = decodeEventLog({ abi: [event], topics, data: log.data, strict: true }).args as unknown as Record<
      string,
      unknown
    >
    // The decoder reads over dirty padding and numbers beyond their type; what the contracts emit has neither.
    const topicsAgain = encodeEventTopics({ abi: [event], eventName: name, args } as Parameters<
      typeof encodeEventTopics
    >[0])
    const plain = inputs.filter((input) => !input.indexed)
    const dataAgain = encodeAbiParameters(
      plain,
      plain.map((input) => args[input.name ?? '']),
    )
    if (topicsAgain.join() !== topics.join() || dataAgain !== log.data) throw new Error('not in the canonical encoding')
    return { name, ...args }
  } catch (cause) {
    throw badResponse(`a log that is no ${name}`, where, cause)
  }
}

/** True when the event concerns the run: its own, its rewards', and all that operators do with their keys and endpoints. */
export function concernsRun(event: RunEvent, run: bigint, coordinator: Address): boolean {
  if (!('run' in event)) return true
  if (event.run !== run) return false
  return !('manager' in event) || isAddressEqual(event.manager, coordinator)
}

function abiAt(address: Address, deployment: Deployment): Abi | undefined {
  if (address === deployment.runCoordinator) return runCoordinatorAbi
  if (address === deployment.stakeVault) return stakeVaultAbi
  if (address === deployment.rewardEscrow) return rewardEscrowAbi
  if (address === deployment.emission) return emissionAbi
  return undefined
}

function unknownEvent(where: Readonly<Record<string, unknown>>, selector: Hex | undefined): TesseraError {
  return new TesseraError('chain/unknown-event', 'the contracts emit an event that this program does not know', {
    hint: 'The program is of another version than the contracts: update it',
    context: { ...where, selector },
  })
}
