// Steps of a run that is not played in time: commits that are missing, leaders that do not propose, a round without a result.

import { leave } from '@tessera/chain/actions/leave'
import type { GasChain } from './chain.ts'
import type { Play } from './play.ts'

export interface LateGas {
  /** From Train to Commit, when commitments are missing. */
  readonly toCommit: number
  /** To the next leader, when the last one let its time pass. */
  readonly toNextLeader: number
  /** The round is void after its last leader; the next one opens. */
  readonly toVoid: number
  readonly leave: number
}

/** Plays a round that is open, in which one miner and all leaders are late. Then the last miner leaves. */
export async function latePhases(gas: GasChain, play: Play, round: number): Promise<LateGas> {
  const { id, miners, params } = play.run
  const present = miners.slice(0, -1)
  await play.commits(round, present)
  await gas.pass(params.trainSeconds + 1)
  const toCommit = await play.advance()
  await gas.pass(params.commitSeconds + 1)
  await play.advance()
  await play.reveals(round, present)
  await play.advance()
  await gas.pass(params.attestSeconds + 1)
  const toNextLeader = await play.advance()
  await gas.pass(params.attestSeconds + 1)
  const toVoid = await play.advance()
  const last = miners.at(-1)
  if (last === undefined) throw new TypeError('the run has no miner')
  const left = await gas.send(last.operator, leave(gas.chain.deployment, { run: id, role: 'miner' }))
  return { toCommit, toNextLeader, toVoid, leave: left }
}
