// Reads where the emission stands, all of one block: the present period, or the first one while none has begun.

import type { Chain } from '../clients.ts'
import { badResponse } from '../errors.ts'
import { emissionAbi } from '../generated/emission.ts'
import { getHeader, type ReadOptions, readContract } from '../rpc.ts'

export interface EmissionPeriod {
  readonly period: bigint
  /** False before the first period: then `period` is the one that votes cast now begin with. */
  readonly begun: boolean
  /** Unix seconds; the period ends where the next one starts. */
  readonly startsAt: bigint
  readonly endsAt: bigint
  /** Unix seconds of the block that was read. */
  readonly now: bigint
  /** Wei: the most that the period mints. */
  readonly emission: bigint
  /** Wei of stake, of all runs: what is counted so far. */
  readonly totalVotes: bigint
}

export async function getEmission(chain: Chain, options: ReadOptions = {}): Promise<EmissionPeriod> {
  const { signal, blockNumber } = options
  const header = await getHeader(chain, blockNumber ?? 'latest', signal)
  if (header === undefined) throw badResponse('there is no block to read at', { blockNumber })
  const now = header.timestamp
  const at = { signal, blockNumber: header.number }
  const contract = { address: chain.deployment.emission, abi: emissionAbi } as const
  const [start, seconds] = await Promise.all([
    readContract(chain, { ...contract, functionName: 'START', args: [] }, at),
    readContract(chain, { ...contract, functionName: 'PERIOD_SECONDS', args: [] }, at),
  ])
  if (seconds === 0n) throw badResponse('a period of the emission has no length')
  const begun = now >= start
  const period = begun ? (now - start) / seconds : 0n
  const [emission, totalVotes] = await Promise.all([
    readContract(chain, { ...contract, functionName: 'emissionOf', args: [period] }, at),
    readContract(chain, { ...contract, functionName: 'totalOf', args: [period] }, at),
  ])
  const startsAt = start + period * seconds
  return { period, begun, startsAt, endsAt: startsAt + seconds, now, emission, totalVotes }
}
