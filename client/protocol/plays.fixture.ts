// Usual courses of a simulated run: everyone does its part, and whoever acts last advances. @testonly

import { countSlots, slotsOf } from './bitmap.ts'
import type { RunParams } from './events.ts'
import { RunSimulator, type Vote } from './runSimulator.fixture.ts'
import { addressOf, ETHER } from './simulatedRun.fixture.ts'

/** A funded run with two miners and two validators, not begun. */
export function staffedRun(params: Partial<RunParams> = {}): RunSimulator {
  const run = new RunSimulator(params)
  run.escrow.grant(5000n * ETHER)
  staff(run)
  return run
}

/** Two miners, two validators: eve has less than two thirds of the weight, val less than a third and more than a quarter. */
export function staff({ seats }: RunSimulator): void {
  for (const name of ['ann', 'bob']) seats.join('miner', addressOf(name))
  seats.join('validator', addressOf('val'), 30n * ETHER)
  seats.join('validator', addressOf('eve'), 80n * ETHER)
}

/** Up to the reveals of all miners; then a leader is drawn. */
export function playReveals(run: RunSimulator): void {
  if (run.phase === 'Idle') run.advance()
  for (const slot of slotsOf(run.miners)) run.commit(slot)
  run.advance()
  for (const slot of [...run.committed]) run.reveal(slot)
  run.advance()
}

/** A whole round, in which all vote alike. */
export function playRound(run: RunSimulator, vote: 'attest' | 'worse' = 'attest'): void {
  playReveals(run)
  run.propose(slotsOf(run.miners).slice(0, run.params.maxIncluded), vote)
  playVotes(run, vote)
  run.advance()
}

/** The votes of those that have not voted. */
export function playVotes(run: RunSimulator, vote: Vote): void {
  for (const slot of slotsOf(run.validators)) if (!run.votes.has(slot)) run.vote(slot, vote)
}

/** Scores of an epoch by all its validators, and its settlement. */
export function playScores(run: RunSimulator, epoch: bigint, scoreOf = usualScore): void {
  const validators = slotsOf(run.epoch(epoch).validators)
  for (const slot of validators) {
    const scores = Array.from({ length: run.params.maxMiners }, (_, miner) => scoreOf(miner, slot))
    run.commitScores(epoch, slot, scores)
  }
  run.openScoreReveal(epoch)
  for (const slot of validators) run.revealScores(epoch, slot)
  run.settle(epoch)
}

function usualScore(miner: number, validator: number): number {
  return 1000 + 100 * miner + 10 * validator
}

/** Does the `pick`-th of what is possible now. */
export function playAny(run: RunSimulator, pick: number): void {
  const open = possible(run)
  open[pick % open.length]?.()
}

/** Every action that the contracts would accept now; those that bring a run on stand several times. */
function possible(run: RunSimulator): (() => void)[] {
  const onward = [...roundActions(run), ...roundActions(run), ...scoreActions(run)]
  return [...onward, ...onward, ...onward, ...memberActions(run), ...moneyActions(run), ...courtActions(run)]
}

function roundActions(run: RunSimulator): (() => void)[] {
  const { phase, committed, revealed } = run
  const actions: (() => void)[] = []
  if (phase === 'Train' || phase === 'Commit')
    for (const slot of slotsOf(run.miners)) if (!committed.includes(slot)) actions.push(() => run.commit(slot))
  if (phase === 'Reveal')
    for (const slot of committed) if (!revealed.includes(slot)) actions.push(() => run.reveal(slot))
  if (phase === 'Attest') actions.push(...voteActions(run))
  if (run.isDueEarly || (run.isDue && run.events.length % 4 === 0)) actions.push(() => run.advance())
  return actions
}

function voteActions(run: RunSimulator): (() => void)[] {
  if (run.votes.size === 0)
    return (['attest', 'worse'] as const).flatMap((vote) =>
      [0, 1, run.params.maxIncluded].map((count) => () => run.propose(run.revealed.toSorted().slice(0, count), vote)),
    )
  const left = slotsOf(run.validators).filter((slot) => !run.votes.has(slot))
  return left.flatMap((slot) => (['attest', 'worse', 'refuse'] as const).map((vote) => () => run.vote(slot, vote)))
}

function memberActions(run: RunSimulator): (() => void)[] {
  const actions: (() => void)[] = []
  const { seats, params } = run
  const name = addressOf(`member ${run.events.length}`)
  if (run.phase !== 'Ended') {
    if (seats.miner.size < params.maxMiners) actions.push(() => seats.join('miner', name))
    if (seats.validator.size < params.maxValidators)
      actions.push(() => seats.join('validator', name, params.validatorStake * 2n))
    for (const slot of seats.replaceable) actions.push(() => seats.replace(slot, name))
  }
  for (const role of ['miner', 'validator'] as const)
    for (const [slot, { leaving, operator }] of seats[role]) {
      if (!leaving) actions.push(() => seats.leave(role, slot))
      else if (seats.isReleasable(role, slot)) actions.push(() => seats.release(role, slot))
      actions.push(
        () => run.publish({ name: 'DelegateSet', operator, delegate: name }),
        () => seats.setKey(role, slot),
        () => seats.setKey(role, slot, operator),
      )
    }
  return actions
}

/** Once in a while. */
function courtActions(run: RunSimulator): (() => void)[] {
  if (run.events.length % 5 !== 0) return []
  const { seats, finals, epochs } = run
  const epoch = BigInt(epochs.length)
  return [
    ...finals.slice(-2).map(
      ({ round }) =>
        () =>
          run.refute(round),
    ),
    ...seats.pasts
      .filter((past) => seats.punishable(past, epoch))
      .map((past) => () => seats.punish(past.role, past, epoch, past.stake - (epoch % 2n))),
    ...seats.pasts
      .filter((past) => past.end !== null && past.from < past.end && seats.punishable(past, past.from))
      .map((past) => () => seats.punish(past.role, past, past.from, past.stake / 2n)),
  ]
}

function moneyActions(run: RunSimulator): (() => void)[] {
  const { escrow, params } = run
  const actions: (() => void)[] = [
    () => escrow.grant(700n * ETHER),
    () => escrow.sponsor(params.rewardToken, 25n, 10n),
    () => escrow.sponsor(addressOf('other token'), 1000n, 7n),
  ]
  for (let source = 1n; source <= escrow.sponsorships.length; source++) {
    if (!escrow.isSpent(source)) actions.push(() => escrow.raise(source, 6n))
    if (escrow.at(source).left > 0n) actions.push(() => escrow.withdraw(source, (escrow.at(source).left + 1n) / 2n))
    if (run.fits(source) && !run.fits(run.source)) actions.push(() => run.useSponsorship(source))
    actions.push(() => escrow.reclaim(source))
  }
  for (const [epoch, { shares }] of escrow.settled)
    for (const operator of shares.keys())
      for (let source = 0n; source <= escrow.sponsorships.length; source++)
        actions.push(
          () => escrow.claim(source, BigInt(epoch), operator, operator, 60n),
          () => escrow.claim(source, BigInt(epoch), operator, addressOf('holder'), 40n),
        )
  if (run.phase === 'Ended') actions.push(() => run.close())
  return actions
}

function scoreActions(run: RunSimulator): (() => void)[] {
  const actions: (() => void)[] = []
  for (const { id, phase, validators, commitments, revealed } of run.epochs) {
    const all = slotsOf(validators)
    if (phase === 'Commit') {
      for (const slot of all)
        if (!commitments.has(slot)) actions.push(() => run.commitScores(id, slot, scoresFor(run, slot)))
      if (commitments.size === countSlots(validators) || run.events.length % 3 === 0)
        actions.push(() => run.openScoreReveal(id))
    }
    if (phase !== 'Reveal') continue
    // Past the deadline, as far as pages and settlement go; reveals come before.
    if (!run.paused.has(id))
      for (const slot of commitments.keys()) if (!revealed.has(slot)) actions.push(() => run.revealScores(id, slot))
    actions.push(
      () => run.settle(id),
      () => run.settle(id, 8),
    )
  }
  return actions
}

function scoresFor(run: RunSimulator, slot: number): number[] {
  return Array.from(
    { length: run.params.maxMiners },
    (_, miner) => (run.events.length * (7 + miner) + 991 * slot) % 65_536,
  )
}
