// The step that makes the seeds of an epoch's rounds again: from the randomness of the blocks that opened and tested them, and from the
// seals of everything that miners had revealed by then.

import { getRoundBeacons } from '@tessera/chain/roundBeacons'
import type { Hex } from '@tessera/protocol/hex'
import type { EpochState, RunState } from '@tessera/protocol/runState'
import { testSeed, trainSeed } from '@tessera/protocol/seeds'
import { ZERO_HASH } from '@tessera/protocol/tags'
import { mixAfter } from '@tessera/protocol/transitionAttest'
import type { Replayed } from './chainSteps.ts'
import type { Finder } from './stepLog.ts'
import { counted } from './words.ts'

export async function checkSeeds(
  find: Finder,
  { chain, followed }: Replayed,
  epoch: EpochState,
  signal: AbortSignal,
): Promise<void> {
  const { state, block } = followed
  const { run } = state
  let mix = mixBefore(state, epoch.firstRound)
  const rounds = state.rounds.slice(Number(epoch.firstRound) - 1, Number(epoch.lastRound))
  for (const [index, round] of rounds.entries()) {
    find.progress(index, rounds.length, 'rounds')
    const beacons = await getRoundBeacons(chain, { run, round: round.id, toBlock: block.number }, signal)
    const fields = { mix, run, round: round.id }
    find.compare(`round ${round.id}: train seed`, trainSeed({ ...fields, beacon: beacons.opened }), round.trainSeed)
    const test = beacons.revealOpened === null ? ZERO_HASH : testSeed({ ...fields, beacon: beacons.revealOpened })
    find.compare(`round ${round.id}: test seed`, test, round.testSeed)
    if (round.revealed !== 0n) mix = mixAfter(mix, round)
  }
  find.says(`seeds of ${counted(rounds.length, 'round')}`)
}

/** The run's mix when a round opened. */
function mixBefore({ rounds }: RunState, round: bigint): Hex {
  return rounds
    .slice(0, Number(round) - 1)
    .reduce((mix, past) => (past.revealed === 0n ? mix : mixAfter(mix, past)), ZERO_HASH)
}
