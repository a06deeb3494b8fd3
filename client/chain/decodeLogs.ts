// Logs of our contracts as the protocol's events. Strict: a log decodes to exactly the bytes that it came as, or not at all.

import { TesseraError } from '@tessera/protocol/errors'
import { EVENT_NAMES, type RunEvent } from '@tessera/protocol/events'
import {
  type Abi,
  type AbiParameter,
  type Address,
  concat,
  decodeAbiParameters,
  encodeAbiParameters,
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
  const events = eventsAt(log.address, deployment)
  if (events === undefined) throw badResponse('a log of a contract that was not asked for', where)
  const [selector, ...topics] = log.topics
  const event = selector && events.get(selector)
  if (event === undefined) throw unknownEvent(where, selector)
  const { name } = event
  if (!wanted.has(name)) return undefined
  try {
    const fields = fieldsOf(event, topics, log.data)
    // What a seal keeps of it (SealLib) is in no field of the event.
    const more = name === 'Committed' ? { block: log.blockNumber } : {}
    return { name, ...fields, ...more }
  } catch (cause) {
    throw badResponse(`a log that is no ${name}`, where, cause)
  }
}

/** An event as its log holds it: what is indexed in a topic each, all of types of one word, and the rest in the data. */
interface EventShape {
  readonly name: string
  readonly indexed: readonly AbiParameter[]
  readonly plain: readonly AbiParameter[]
}

function fieldsOf({ indexed, plain }: EventShape, topics: readonly Hex[], data: Hex): Record<string, unknown> {
  if (topics.length !== indexed.length) throw new Error(`${topics.length} topics instead of ${indexed.length}`)
  const values = [...valuesOf(indexed, concat(topics)), ...valuesOf(plain, data)]
  return Object.fromEntries([...indexed, ...plain].map(({ name = '' }, at) => [name, values[at]]))
}

/** The decoder reads over dirty padding and numbers beyond their type; what the contracts emit has neither. */
function valuesOf(parameters: readonly AbiParameter[], data: Hex): readonly unknown[] {
  if (parameters.length === 0 && data === '0x') return []
  const values = decodeAbiParameters(parameters, data)
  if (encodeAbiParameters(parameters, values) !== data) throw new Error('not in the canonical encoding')
  return values
}

/** True when the event concerns the run: its own, its rewards', and all that operators do with their keys and endpoints. */
export function concernsRun(event: RunEvent, run: bigint, coordinator: Address): boolean {
  if (!('run' in event)) return true
  if (event.run !== run) return false
  return !('manager' in event) || isAddressEqual(event.manager, coordinator)
}

function eventsAt(address: Address, deployment: Deployment): ReadonlyMap<Hex, EventShape> | undefined {
  if (address === deployment.runCoordinator) return coordinatorEvents
  if (address === deployment.stakeVault) return vaultEvents
  if (address === deployment.rewardEscrow) return escrowEvents
  if (address === deployment.emission) return emissionEvents
  return undefined
}

function eventsOf(abi: Abi): ReadonlyMap<Hex, EventShape> {
  const events = abi.filter((entry) => entry.type === 'event')
  return new Map(
    events.map((event) => {
      const [indexed, plain] = [true, false].map((is) =>
        event.inputs.filter((input) => (input.indexed === true) === is),
      )
      return [toEventSelector(event), { name: event.name, indexed: indexed ?? [], plain: plain ?? [] }]
    }),
  )
}

// Hashed once: a history has the same few events some hundred thousand times.
const coordinatorEvents = eventsOf(runCoordinatorAbi)
const vaultEvents = eventsOf(stakeVaultAbi)
const escrowEvents = eventsOf(rewardEscrowAbi)
const emissionEvents = eventsOf(emissionAbi)

function unknownEvent(where: Readonly<Record<string, unknown>>, selector: Hex | undefined): TesseraError {
  return new TesseraError('chain/unknown-event', 'the contracts emit an event that this program does not know', {
    hint: 'The program is of another version than the contracts: update it',
    context: { ...where, selector },
  })
}
