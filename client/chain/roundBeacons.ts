// The randomness that a round was given, from the blocks that gave it (RandaoBeacon): what its seeds are made of besides the run's mix.

import { concatBytes } from '@tessera/protocol/bytes'
import { keccak256 } from '@tessera/protocol/hash'
import { bytesToHex, type Hex, hexToBytes } from '@tessera/protocol/hex'
import { encodeEventTopics } from 'viem'
import type { Chain } from './clients.ts'
import { badResponse } from './errors.ts'
import { runCoordinatorAbi } from './generated/runCoordinator.ts'
import { logsOfRange } from './logsOfRange.ts'
import { getBeaconBlock } from './rpc.ts'

export interface RoundBeacons {
  /** Of the block in which it opened. */
  readonly opened: Hex
  /** Of the block in which commits closed; null if none was made. */
  readonly revealOpened: Hex | null
}

/** Errors: `chain/bad-response` and those of a request. */
export async function getRoundBeacons(
  chain: Chain,
  { run, round, toBlock }: { readonly run: bigint; readonly round: bigint; readonly toBlock: bigint },
  signal?: AbortSignal,
): Promise<RoundBeacons> {
  const { runCoordinator, fromBlock } = chain.deployment
  const find = async (eventName: 'RoundOpened' | 'RevealOpened'): Promise<Hex | null> => {
    const encoded = encodeEventTopics({ abi: runCoordinatorAbi, eventName, args: { run, round } })
    const topics = encoded.flatMap((topic) => (typeof topic === 'string' ? [topic] : []))
    const logs = await logsOfRange(chain, { address: [runCoordinator], topics, fromBlock, toBlock }, signal)
    // A server may send more than was asked for.
    const log = logs.find((each) => topics.every((topic, at) => each.topics[at] === topic))
    if (log === undefined) return null
    const block = await getBeaconBlock(chain, log.blockHash, signal)
    return bytesToHex(keccak256(concatBytes(hexToBytes(block.mixHash, 32), hexToBytes(block.parentHash, 32))))
  }
  const [opened, revealOpened] = await Promise.all([find('RoundOpened'), find('RevealOpened')])
  if (opened === null) throw badResponse('no block opened the round', { run, round })
  return { opened, revealOpened }
}
