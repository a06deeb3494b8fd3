// Reads with which operators a holder has ever deposited, from the stake vault's events. Nobody else can deposit for a holder, so
// the list is as long as the holder made it.

import type { Address, Hex } from 'viem'
import { encodeEventTopics, getAddress } from 'viem'
import type { Chain } from '../clients.ts'
import { badResponse } from '../errors.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { getHead, getLogs } from '../rpc.ts'

/** In the order of first deposits. Errors: those of a request; many servers refuse to look through a long chain at once. */
export async function getOperatorsOf(
  chain: Chain,
  parameters: { readonly holder: Address },
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<readonly Address[]> {
  const { signal } = options
  const { stakeVault, fromBlock } = chain.deployment
  const { number: toBlock } = await getHead(chain, signal)
  const topics = encodeEventTopics({
    abi: stakeVaultAbi,
    eventName: 'Deposited',
    args: { holder: parameters.holder },
  }) as readonly (Hex | null)[]
  const logs = await getLogs(chain, { address: [stakeVault], fromBlock, toBlock, topics }, signal)
  const operators = new Set<Address>()
  for (const log of logs) {
    const [event, operator = '0x', holder] = log.topics
    if (event !== topics[0] || holder !== topics[2] || !/^0x0{24}[0-9a-f]{40}$/.test(operator))
      throw badResponse('a log that was not asked for', { topics: log.topics })
    operators.add(getAddress(`0x${operator.slice(26)}`))
  }
  return [...operators]
}
