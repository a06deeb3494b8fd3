// Reads the part of its rewards that an operator keeps before its holders share the rest: now, and from when on another one.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { badResponse } from '../errors.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { getHeader, type ReadOptions, readContract } from '../rpc.ts'

export interface Commission {
  /** In 1/10 000; zero if none was ever set. */
  readonly bps: bigint
  /** A change that does not count yet. */
  readonly pending:
    | {
        readonly bps: bigint
        /** Unix seconds. */
        readonly from: bigint
      }
    | undefined
}

export async function getCommission(
  chain: Chain,
  parameters: { readonly operator: Address },
  options: ReadOptions = {},
): Promise<Commission> {
  const { signal, blockNumber } = options
  const header = await getHeader(chain, blockNumber ?? 'latest', signal)
  if (header === undefined) throw badResponse('there is no block to read at', { blockNumber })
  const at = { signal, blockNumber: header.number }
  const { operator } = parameters
  const vault = { address: chain.deployment.stakeVault, abi: stakeVaultAbi } as const
  const [now, [bps, from]] = await Promise.all([
    readContract(chain, { ...vault, functionName: 'commissionAt', args: [operator, header.timestamp] }, at),
    readContract(chain, { ...vault, functionName: 'lastCommissionOf', args: [operator] }, at),
  ])
  return { bps: now, pending: from > header.timestamp ? { bps, from } : undefined }
}
