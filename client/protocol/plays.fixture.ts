// Usual courses of a simulated run: everyone does its part. @testonly

import { slotsOf } from './bitmap.ts'
import type { Role, RunParams } from './events.ts'
import { RunSimulator } from './runSimulator.fixture.ts'
import { addressOf, ETHER } from './simulatedRun.fixture.ts'

/** A funded run with two miners and two validators, not begun. */
export function staffedRun(params: Partial<RunParams> = {}): RunSimulator {
  const run = new RunSimulator(params)
  run.fund(5000n * ETHER)
  for (const name of ['ann', 'bob']) run.join('miner', addressOf(name))
  run.join('validator', addressOf('val'), 30n * ETHER)
  run.join('validator', addressOf('eve'), 80n * ETHER)
  return run
}

/** Up to the reveals of all miners; then a leader is drawn. */
export function playReveals(run: RunSimulator): void {
  if (run.phase === 'Idle') run.advance()
  for (const slot of slotsOf(run.miners)) run.commit(slot)
  for (const slot of [...run.committed]) run.reveal(slot)
}

/** A whole round. */
export function playRound(run: RunSimulator): void {
  playReveals(run)
  const { round, leader, validators } = run
  run.propose(slotsOf(run.miners).slice(0, run.params.maxIncluded))
  for (const slot of slotsOf(validators))
    if (run.round === round && run.phase === 'Attest' && slot !== leader) run.vote(slot, true)
}

/** Scores of an epoch by all its validators, and its settlement. */
export function playScores(run: RunSimulator, epoch: bigint): void {
  const validators = slotsOf(run.epoch(epoch).validators)
  for (const slot of validators) {
    const scores = Array.from({ length: run.params.maxMiners }, (_, miner) => 1000 + 100 * miner + 10 * slot)
    run.commitScores(epoch, slot, scores)
  }
  for (const slot of validators) run.revealScores(epoch, slot)
  run.settle(epoch)
}

/** Whether a leaving member's epochs are all settled. */
function isReleasable(run: RunSimulator, role: Role, slot: number): boolean {
  const { leaving, lastEpoch } = run.seat(role, slot)
  return leaving && run.epochs.slice(0, Number(lastEpoch)).every(({ phase }) => phase === 'Settled')
}

/** Does the `pick`-th of what is possible now. */
export function playAny(run: RunSimulator, pick: number): void {
  const open = possible(run)
  open[pick % open.length]?.()
}

/** Every action that the contracts would accept now; those that bring a run on stand several times. */
function possible(run: RunSimulator): (() => void)[] {
  const { phase, committed, revealed, attested, refused, params } = run
  const actions: (() => void)[] = []
  const miners = slotsOf(run.miners)
  if (phase === 'Train' || phase === 'Commit')
    for (const slot of miners) if (!committed.includes(slot)) actions.push(() => run.commit(slot))
  if (phase === 'Reveal')
    for (const slot of committed) if (!revealed.includes(slot)) actions.push(() => run.reveal(slot))
  if (phase === 'Attest' && attested.length === 0) {
    for (const count of [0, 1, params.maxIncluded]) actions.push(() => run.propose(revealed.toSorted().slice(0, count)))
  } else if (phase === 'Attest') {
    const left = slotsOf(run.validators).filter((slot) => !attested.includes(slot) && !refused.includes(slot))
    for (const slot of left)
      actions.push(
        () => run.vote(slot, true),
        () => run.vote(slot, false),
      )
  }
  if (run.isDue && (phase === 'Idle' || run.events.length % 4 === 0)) actions.push(() => run.advance())
  const onward = [...actions, ...actions, ...scoreActions(run)]
  return [...onward, ...onward, ...onward, ...memberActions(run)]
}

function memberActions(run: RunSimulator): (() => void)[] {
  const actions: (() => void)[] = []
  const { maxMiners, maxValidators, validatorStake } = run.params
  const name = addressOf(`member ${run.events.length}`)
  if (run.phase !== 'Ended') {
    if (run.seats.miner.size < maxMiners) actions.push(() => run.join('miner', name))
    if (run.seats.validator.size < maxValidators) actions.push(() => run.join('validator', name, validatorStake * 2n))
  }
  for (const role of ['miner', 'validator'] as const)
    for (const [slot, { leaving }] of run.seats[role]) {
      if (!leaving) actions.push(() => run.leave(role, slot))
      else if (isReleasable(run, role, slot)) actions.push(() => run.release(role, slot))
    }
  for (const operator of run.credits.keys()) actions.push(() => run.claim(operator))
  actions.push(() => run.fund(700n * ETHER))
  return actions
}

function scoreActions(run: RunSimulator): (() => void)[] {
  const actions: (() => void)[] = []
  for (const { id, phase, validators, commitments, revealed } of run.epochs) {
    const all = slotsOf(validators)
    if (phase === 'Commit') {
      for (const slot of all)
        if (!commitments.has(slot)) actions.push(() => run.commitScores(id, slot, scoresFor(run, slot)))
      actions.push(() => run.openScoreReveal(id))
    }
    if (phase !== 'Reveal') continue
    for (const slot of commitments.keys()) if (!revealed.has(slot)) actions.push(() => run.revealScores(id, slot))
    actions.push(() => run.settle(id))
  }
  return actions
}

function scoresFor(run: RunSimulator, slot: number): number[] {
  return Array.from(
    { length: run.params.maxMiners },
    (_, miner) => (run.events.length * (7 + miner) + 991 * slot) % 65_536,
  )
}
