// Has a chain in memory answer calls of contracts by the names of their functions.

import { type Abi, decodeFunctionData, encodeErrorResult, encodeFunctionResult, type Hex } from 'viem'
import { type FakeChain, rpcError } from './fakeChain.fixture.ts'
import { emissionAbi } from './generated/emission.ts'
import { rewardEscrowAbi } from './generated/rewardEscrow.ts'
import { runCoordinatorAbi } from './generated/runCoordinator.ts'
import { stakeVaultAbi } from './generated/stakeVault.ts'
import { tokenAbi } from './generated/token.ts'

export const ABIS = {
  runCoordinator: runCoordinatorAbi,
  stakeVault: stakeVaultAbi,
  rewardEscrow: rewardEscrowAbi,
  emission: emissionAbi,
  token: tokenAbi,
}

export interface Asked {
  readonly to: Hex
  readonly functionName: string
  readonly args: readonly unknown[]
  readonly block: unknown
}

/**
 * From now on each call is answered with what is given for its function, or what a function given for it makes of the arguments.
 * An error is thrown. Returns what is asked from then on.
 * @param tokens Where other tokens are than the deployment's: they have the same functions.
 */
export function answerCalls(
  chain: FakeChain,
  values: Readonly<Record<string, unknown>>,
  tokens: readonly Hex[] = [],
): readonly Asked[] {
  const asked: Asked[] = []
  chain.intercept = (method, [transaction, block]) => {
    if (method !== 'eth_call') return undefined
    const { to, data } = transaction as { to: Hex; data: Hex }
    const abi = abiAt(chain, to, tokens)
    const { functionName, args = [] } = decodeFunctionData({ abi, data })
    asked.push({ to, functionName, args, block })
    const value = values[functionName]
    const result: unknown = typeof value === 'function' ? value(...args) : value
    if (result instanceof Error) throw result
    return encodeFunctionResult({ abi, functionName, result })
  }
  return asked
}

function abiAt(chain: FakeChain, to: Hex, tokens: readonly Hex[]): Abi {
  if (tokens.includes(to)) return tokenAbi
  const contract = Object.entries(ABIS).find(([name]) => chain.deployment[name as keyof typeof ABIS] === to)
  if (contract === undefined) throw new Error(`no contract at ${to}`)
  return contract[1] as Abi
}

/** What a call that reverts with a custom error is answered with. */
export function revertWith(contract: keyof typeof ABIS, errorName: string, args: readonly unknown[]): Error {
  const abi: Abi = ABIS[contract]
  return rpcError(3, 'execution reverted', encodeErrorResult({ abi, errorName, args }))
}
