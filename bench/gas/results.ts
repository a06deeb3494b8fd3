// The table: what was measured of ours, beside what was recorded of others where a call does the like, and the targets. Pure.

import { type BenchResult, benchResult, type Target } from '../bench.ts'
import { type Peers, peerCall } from './peers.ts'
import type { JoinGas } from './run.ts'
import type { Measurement, PlayedRun } from './scenario.ts'
import { type EpochGas, epochTotal, minerRound, most, type RoundGas, roundTotal, scoresTotal, sum } from './tally.ts'

/** Who is compared with, and what the like costs there; null where nobody does it. */
interface Beside {
  readonly peer: string
  readonly peerValue: number
}

const MOST_OF_TRANSACTION: Target = 'value <= 16777216'

export function resultsOf(measured: Measurement, peers: Peers): BenchResult[] {
  const again = (id: string): number => peerCall(peers, id).again
  return [
    ...roundResults(measured, again),
    ...stepResults(measured, again),
    ...scoreResults(measured.full),
    ...claimResults(measured, again),
    ...memberResults(measured, again),
    ...fundingResults(measured),
    ...totalResults(measured, again),
  ]
}

function row(metric: string, value: number, target?: Target, beside?: Beside): BenchResult {
  const measured = { metric, value, unit: 'gas', ...beside }
  return benchResult(target === undefined ? measured : { ...measured, target })
}

/** The first one, in which all slots are new, and the last: in the steady state. */
function firstAndLast<T>(values: readonly T[]): [T, T] {
  const [first, last] = [values[0], values.at(-1)]
  if (first === undefined || last === undefined) throw new TypeError('nothing was played')
  return [first, last]
}

type Again = (id: string) => number

function roundResults({ full }: Measurement, again: Again): BenchResult[] {
  const [first, last] = firstAndLast(full.rounds)
  const work = { peer: 'Prime submitWork, an item', peerValue: again('prime/submitWork') }
  const reward = { peer: 'Gensyn submitReward, a stage', peerValue: again('gensyn/submitReward') }
  const winners = { peer: 'Gensyn submitWinners, one winner', peerValue: again('gensyn/submitWinners-1') }
  return [
    row('commit', most(last.commits)),
    row('reveal', most(last.reveals)),
    row('commit + reveal, a miner and round', minerRound(last), 'value <= 75000', work),
    row('the same', minerRound(last), undefined, reward),
    row('commit + reveal, first rounds of a slot', minerRound(first)),
    row('attest, a validator and round', most(last.attests), 'value <= 45000', winners),
    row('propose, 20 of 256', last.propose),
  ]
}

function stepResults({ full, late, small }: Measurement, again: Again): BenchResult[] {
  const next = { peer: 'Gensyn updateStageAndRound', peerValue: again('gensyn/updateStageAndRound') }
  const of = (played: PlayedRun, name: string): BenchResult[] => {
    const rounds = played.rounds.slice(-4)
    const [inEpoch, atEnd] = firstAndLast(rounds)
    return [
      row(`advance: to Reveal, ${name}`, inEpoch.toReveal),
      row(`advance: to the first leader, ${name}`, most(rounds.map(({ toLeader }) => toLeader))),
      row(`advance: to the next round, ${name}`, inEpoch.toNext, undefined, next),
      row(`advance: to the next round and epoch, ${name}`, atEnd.toNext),
    ]
  }
  return [
    ...of(small, '20/10'),
    ...of(full, '256/64'),
    row('advance: first epoch and round of a run, 20/10', small.opening),
    row('advance: calls for missing commitments, 20/10', late.toCommit),
    row('advance: to the next leader, 20/10', late.toNextLeader),
    row('advance: void, to the next round, 20/10', late.toVoid),
  ]
}

function scoreResults(full: PlayedRun): BenchResult[] {
  const [first, last] = firstAndLast(full.epochs)
  const single = full.epochs.filter(({ settle }) => settle.length === 1)
  const [, whole] = firstAndLast(single)
  const pages = (epoch: EpochGas): string => `settlement 64 x 256, ${epoch.settle.length} pages`
  return [
    row('commitScores, a validator and epoch', most(last.commits), 'value <= 60000'),
    row('commitScores, first epochs of a slot', most(first.commits)),
    row('revealScores, 256 miner slots', most(last.reveals), 'value <= 60000'),
    row('advanceEpoch, 64 validators', last.toReveal),
    row('settlement 64 x 256, one call: in all', sum(whole.settle), 'value <= 6000000'),
    row('settlement 64 x 256, one call: largest transaction', most(whole.settle), MOST_OF_TRANSACTION),
    row(`${pages(last)}: in all`, sum(last.settle)),
    row(`${pages(last)}: largest transaction`, most(last.settle), MOST_OF_TRANSACTION),
  ]
}

function claimResults({ claims }: Measurement, again: Again): BenchResult[] {
  const hourly = { peer: 'Prime claimRewards, work units, hourly', peerValue: again('prime/claimRewards-hourly') }
  const daily = { peer: 'Prime claimRewards, work units, daily', peerValue: again('prime/claimRewards-daily') }
  const index = { peer: 'Prime claimRewards, by time', peerValue: again('prime/claimRewards-index') }
  return [
    row('claim, one epoch', claims.again, 'value <= 60000', hourly),
    row('the same', claims.again, undefined, daily),
    row('the same', claims.again, undefined, index),
    row('claim, one epoch, a validator', claims.validatorAgain),
    row('claim, one epoch, a delegator', claims.delegatorAgain),
    row("claim, one epoch, the run's owner", claims.ownerAgain),
    row('claim, one epoch, first to claim of it', claims.firstOfEpoch),
    row('claim, one epoch, first ever', claims.firstEver),
    row('claim, 7 epochs, for each', claims.epochOfBatch),
    row('claimMany, 5 holders x 7 epochs, for each', claims.claimOfMany),
  ]
}

function memberResults(measured: Measurement, again: Again): BenchResult[] {
  const { delegation, full, late } = measured
  const { create, minerJoins, validatorJoins } = full.staffed
  // The third: the first two write what all others find written.
  const [miner, validator] = [third(minerJoins), third(validatorJoins)]
  const way = ['registerProvider', 'whitelistProvider', 'addComputeNode', 'validateNode', 'joinComputePool']
  const prime = {
    peer: 'Prime registerProvider to joinComputePool, 5 calls',
    peerValue: sum(way.map((call) => again(`prime/${call}`))),
  }
  return [
    row('createRun', create, undefined, {
      peer: 'Prime createComputePool',
      peerValue: again('prime/createComputePool'),
    }),
    row('deposit, the first of an operator', miner.deposit),
    row('deposit, the first of a delegator', delegation.first),
    row('deposit, again', delegation.again),
    row('joinAsMiner', miner.join, undefined, {
      peer: 'Gensyn registerPeer, no stake',
      peerValue: again('gensyn/registerPeer'),
    }),
    row('joinAsValidator', validator.join),
    row('deposit + allowManager + joinAsMiner', miner.deposit + miner.allow + miner.join, undefined, prime),
    row('leave', late.leave),
    row('replaceMiner, 256 miners', measured.replace),
    row('release, to a newcomer', measured.handOver),
  ]
}

function third(joins: readonly JoinGas[]): JoinGas {
  const join = joins[2]
  if (join === undefined) throw new TypeError('fewer than three joined')
  return join
}

function fundingResults({ full, funding }: Measurement): BenchResult[] {
  return [
    row('grant', full.staffed.grant),
    row('vote, one run', funding.vote),
    row('count, one position', funding.countAgain),
    row('count, one position, first of the period', funding.countFirst),
    row('pay, a run and period', funding.pay),
    row('sponsor', funding.sponsorAgain),
    row('sponsor, the first of a run', funding.sponsorFirst),
    row('topUp', funding.topUp),
  ]
}

function totalResults({ full, small }: Measurement, again: Again): BenchResult[] {
  return [...totalsOf(small, again), ...totalsOf(full, again)]
}

/** Of the last epoch but the settlement, which is that of one call. */
function totalsOf({ epochs, rounds, staffed }: PlayedRun, again: Again): BenchResult[] {
  const { params, miners, validators } = staffed.run
  const [count, members] = [miners.length, miners.length + validators.length]
  const name = `${count} miners, ${validators.length} validators`
  const steady: readonly RoundGas[] = rounds.slice(-params.roundsPerEpoch)
  const [round] = firstAndLast(steady)
  const [, last] = firstAndLast(epochs)
  const [, whole] = firstAndLast(epochs.filter(({ settle }) => settle.length === 1))
  const scores = { ...last, settle: whole.settle }
  const epoch = epochTotal(steady, scores)
  const gensyn = {
    peer: `Gensyn, ${count} peers: submitReward and submitWinners`,
    peerValue:
      count * (again('gensyn/submitReward') + again('gensyn/submitWinners-1')) + again('gensyn/updateStageAndRound'),
  }
  const prime = { peer: `Prime, ${count} nodes: submitWork`, peerValue: count * again('prime/submitWork') }
  return [
    row(`a round of ${name}`, roundTotal(round), undefined, gensyn),
    row('the same', roundTotal(round), undefined, prime),
    row('the same, for each member', roundTotal(round) / members),
    row(`scores and settlement of an epoch, ${name}`, scoresTotal(scores)),
    row('the same, for each member', scoresTotal(scores) / members),
    row(`an epoch of ${steady.length} rounds, ${name}`, epoch),
    row('the same, for each member', epoch / members),
  ]
}
