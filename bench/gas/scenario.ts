// All that is measured of ours: a small run and a full one, played until every ring of slots has been written over, and what is
// done around them. What comes of it is results.ts's.

import type { GasChain } from './chain.ts'
import { type ClaimGas, type DelegationGas, delegate, measureClaims } from './claims.ts'
import { type FundingGas, measureFunding } from './funding.ts'
import { type LateGas, latePhases } from './phases.ts'
import { Play } from './play.ts'
import { handOver, replaceLeast } from './replace.ts'
import { type Population, ROUNDS_PER_EPOCH, type StaffedRun, staffedRun } from './run.ts'
import type { EpochGas, RoundGas } from './tally.ts'

const SMALL: Population = { miners: 20, validators: 10 }
const FULL: Population = { miners: 256, validators: 64 }
/** Seals of contributions have a ring of 32 rounds, those of scores one of 8 epochs: in the ninth all that is written was before. */
const EPOCHS = 9
const ROUNDS = EPOCHS * ROUNDS_PER_EPOCH
/** Miner slots of a settlement's page, in the epochs that are settled so. */
const PAGE_SLOTS = 128
const DELEGATORS = 4

export interface PlayedRun {
  readonly staffed: StaffedRun
  /** The step that opens the first round. */
  readonly opening: number
  readonly rounds: readonly RoundGas[]
  readonly epochs: readonly EpochGas[]
}

export interface Measurement {
  readonly small: PlayedRun
  readonly full: PlayedRun
  readonly delegation: DelegationGas
  readonly claims: ClaimGas
  readonly late: LateGas
  readonly replace: number
  readonly handOver: number
  readonly funding: FundingGas
}

interface Stage {
  readonly gas: GasChain
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}

export async function measure(stage: Stage): Promise<Measurement> {
  const { gas, log, signal } = stage
  // Before any round, since votes need time to pass: for the first run that there will be.
  const funding = await measureFunding(gas, 1n)
  const small = await staffedRun(gas, 'small', SMALL, signal)
  const [pool] = small.run.miners
  if (pool === undefined) throw new TypeError('the small run has no miner')
  const names = Array.from({ length: DELEGATORS }, (_, i) => `delegator ${i}`)
  const { holders, cost: delegation } = await delegate(gas, pool.operator, names)
  const played = await playRun(stage, small)
  const claims = await measureClaims(gas, small.run, holders, EPOCHS)
  const late = await latePhases(gas, new Play(gas, small.run, signal), ROUNDS + 1)

  log(`seating ${FULL.miners} miners and ${FULL.validators} validators`)
  const full = await staffedRun(gas, 'full', FULL, signal)
  const bid = { slot: 0, replace: Number.NaN }
  const playedFull = await playRun(stage, full, async () => {
    Object.assign(bid, await replaceLeast(gas, full.run))
  })
  return {
    small: played,
    full: playedFull,
    delegation,
    claims,
    late,
    replace: bid.replace,
    handOver: await handOver(gas, full.run, bid.slot),
    funding,
  }
}

/** @param beforeLast done while the last round is open. */
async function playRun(
  { gas, log, signal }: Stage,
  staffed: StaffedRun,
  beforeLast?: () => Promise<void>,
): Promise<PlayedRun> {
  const play = new Play(gas, staffed.run, signal)
  const { miners, validators } = staffed.run
  const opening = await play.advance()
  const rounds: RoundGas[] = []
  const epochs: EpochGas[] = []
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    for (let i = 0; i < ROUNDS_PER_EPOCH; i++) {
      const round = rounds.length + 1
      if (round === ROUNDS) await beforeLast?.()
      rounds.push(await play.round(round))
    }
    // The first and the last share their place in the ring of tallies.
    const inPages = epoch === 1 || epoch === EPOCHS
    epochs.push(await play.scores(epoch, inPages ? PAGE_SLOTS : undefined))
    log(`${miners.length} miners, ${validators.length} validators: epoch ${epoch} of ${EPOCHS} is settled`)
  }
  return { staffed, opening, rounds, epochs }
}
