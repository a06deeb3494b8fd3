// A request in words, read out of the very bytes that are signed: which contract, which function, with which arguments. Not out of
// what the request was made from, so that the two can be compared.

import type { Deployment } from '@tessera/chain/addresses'
import { emissionAbi } from '@tessera/chain/generated/emission'
import { rewardEscrowAbi } from '@tessera/chain/generated/rewardEscrow'
import { runCoordinatorAbi } from '@tessera/chain/generated/runCoordinator'
import { stakeVaultAbi } from '@tessera/chain/generated/stakeVault'
import { tokenAbi } from '@tessera/chain/generated/token'
import { tokens } from '@tessera/chain/plans/texts'
import type { TransactionRequest } from '@tessera/chain/request'
import { TesseraError } from '@tessera/protocol/errors'
import { sameHex } from '@tessera/protocol/hex'
import { type Abi, type AbiParameter, decodeFunctionData } from 'viem'

export interface Argument {
  /** `claims[0].epochs`. */
  readonly name: string
  readonly type: string
  readonly text: string
  /** The same for people, where it is an amount of the deployment's token. */
  readonly amount: string | undefined
}

export interface DecodedRequest {
  readonly contract: string
  readonly functionName: string
  readonly args: readonly Argument[]
}

const CONTRACTS = [
  { key: 'token', name: 'TSRA token', abi: tokenAbi },
  { key: 'stakeVault', name: 'Stake vault', abi: stakeVaultAbi },
  { key: 'rewardEscrow', name: 'Reward escrow', abi: rewardEscrowAbi },
  { key: 'emission', name: 'Emission', abi: emissionAbi },
  { key: 'runCoordinator', name: 'Run coordinator', abi: runCoordinatorAbi },
] as const
/** What a sponsor may give; its address is all that is known of it. */
const STRANGER = { name: 'A token that is not of this deployment', abi: tokenAbi }

/** Errors: `dashboard/unreadable-request`. */
export function decodeRequest(deployment: Deployment, { to, data }: TransactionRequest): DecodedRequest {
  const known = CONTRACTS.find(({ key }) => sameHex(deployment[key], to)) ?? STRANGER
  const abi = known.abi as Abi
  try {
    const { functionName, args = [] } = decodeFunctionData({ abi, data })
    const entry = abi.find((item) => item.type === 'function' && item.name === functionName)
    const inputs = entry?.type === 'function' ? entry.inputs : []
    return {
      contract: known.name,
      functionName,
      args: inputs
        .flatMap((input, at) => argumentsOf(input, args[at], input.name ?? `${at}`))
        .map(inTokens(known.name)),
    }
  } catch (cause) {
    throw new TesseraError('dashboard/unreadable-request', 'what would be signed cannot be read back', {
      hint: 'This is a defect: do not sign it, and tell the maintainers',
      context: { to, data },
      cause,
    })
  }
}

/** Contracts whose amounts are in the deployment's token, whatever else. */
const IN_TOKENS: ReadonlySet<string> = new Set(['TSRA token', 'Stake vault'])

function inTokens(contract: string): (argument: Omit<Argument, 'amount'>) => Argument {
  return (argument) => {
    const isAmount = IN_TOKENS.has(contract) && /^(amount|value)$/.test(argument.name)
    return { ...argument, amount: isAmount ? tokens(BigInt(argument.text)) : undefined }
  }
}

function argumentsOf(input: AbiParameter, value: unknown, name: string): readonly Omit<Argument, 'amount'>[] {
  const isList = input.type.endsWith(']')
  const components = 'components' in input ? input.components : undefined
  if (components !== undefined && isList && Array.isArray(value)) {
    const element = { ...input, type: input.type.slice(0, input.type.lastIndexOf('[')) }
    return value.flatMap((each, at) => argumentsOf(element, each, `${name}[${at}]`))
  }
  if (components !== undefined) {
    const fields = value as Readonly<Record<string, unknown>>
    return components.flatMap((field) => argumentsOf(field, fields[field.name ?? ''], `${name}.${field.name ?? ''}`))
  }
  const text = Array.isArray(value) ? value.map(String).join(', ') : String(value)
  return [{ name, type: input.type, text }]
}
