// A newcomer takes the place of the least useful miner of a full run, and later its slot.

import { getUsefulness } from '@tessera/chain/actions/getUsefulness'
import { release } from '@tessera/chain/actions/release'
import { replaceMiner } from '@tessera/chain/actions/replaceMiner'
import type { GasChain } from './chain.ts'
import { bond, type GasRun } from './run.ts'

/** During an epoch that others are settled before. Returns the slot that a newcomer has bid for, and the gas of its bid. */
export async function replaceLeast(gas: GasChain, run: GasRun): Promise<{ slot: number; replace: number }> {
  const least = { slot: 0, sum: -1n }
  for (const { slot } of run.miners) {
    const sum = await getUsefulness(gas.chain, { run: run.id, slot })
    if (least.sum < 0n || sum < least.sum) Object.assign(least, { slot, sum })
  }
  const newcomer = await gas.account(`newcomer ${run.id}`)
  await bond(gas, newcomer, run.params.minerStake)
  const { slot } = least
  return { slot, replace: await gas.send(newcomer, replaceMiner(gas.chain.deployment, { run: run.id, slot })) }
}

/** Once the epoch is settled: the miner goes and the newcomer is seated. */
export function handOver(gas: GasChain, { id }: GasRun, slot: number): Promise<number> {
  return gas.send(gas.holder, release(gas.chain.deployment, { run: id, role: 'miner', slot }))
}
