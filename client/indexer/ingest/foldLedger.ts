// The ledger after one more event, and the rows that follow from it. Pure.

import type { Deployment } from '@tessera/chain/addresses'
import type { RunEvent } from '@tessera/protocol/events'
import { type Hex, lowerHex, sameHex } from '@tessera/protocol/hex'
import { initialState, type RunState } from '@tessera/protocol/runState'
import { transition } from '@tessera/protocol/transition'
import { epochFacts } from './epochFacts.ts'
import type { Fact } from './facts.ts'
import { EMPTY_EMISSION, foldEmission } from './foldEmission.ts'
import { foldPools } from './foldPools.ts'
import { EMPTY_STORY, foldStory } from './foldStory.ts'
import { type EmissionEvent, type IndexedEvent, isEmissionEvent, isPoolEvent } from './indexedEvent.ts'
import { type EpochOpening, type Ledger, MAX_RUN, type RunLedger } from './ledger.ts'
import { roundFacts, undoneFacts } from './roundFacts.ts'
import type { Where } from './where.ts'

export interface Folded {
  readonly ledger: Ledger
  readonly facts: readonly Fact[]
}

/** No run has this number; it only collects what operators say of themselves. */
const NO_RUN = 0n

export function emptyLedger({ runCoordinator, token }: Deployment): Ledger {
  return {
    runs: new Map(),
    unborn: new Map(),
    pools: new Map(),
    second: { at: 0, pools: new Map() },
    emission: EMPTY_EMISSION,
    blank: initialState(NO_RUN, lowerHex(runCoordinator), lowerHex(token)),
  }
}

/** @throws `transition/impossible` when the event cannot follow */
export function foldLedger(before: Ledger, event: IndexedEvent, where: Where): Folded {
  if ('run' in event && event.run > MAX_RUN) return { ledger: before, facts: [] }
  const { second, pools } = before
  const ledger = where.at > second.at ? { ...before, second: { at: where.at, pools } } : before
  if (isPoolEvent(event)) return { ledger: { ...ledger, pools: foldPools(ledger.pools, event, where.at) }, facts: [] }
  if (isEmissionEvent(event)) return emissionFolded(ledger, event, where)
  if (!('run' in event)) {
    const told = (runs: Ledger['runs']): Ledger['runs'] =>
      new Map([...runs].map(([run, each]) => [run, { ...each, state: transition(each.state, event) }]))
    const { runs, unborn, blank } = ledger
    const changed = { runs: told(runs), unborn: told(unborn), blank: transition(blank, event) }
    return { ledger: { ...ledger, ...changed }, facts: [] }
  }
  if ('manager' in event && !sameHex(event.manager, ledger.blank.coordinator)) return { ledger, facts: [] }
  const earlier = ledger.runs.get(event.run) ?? ledger.unborn.get(event.run) ?? emptyRun(ledger.blank, event.run)
  const { run, facts } = runFolded(earlier, event, where, ledger.second.pools)
  return { ledger: withRun(ledger, run), facts }
}

function withRun(ledger: Ledger, run: RunLedger): Ledger {
  const { run: number, params } = run.state
  if (params === null) return { ...ledger, unborn: new Map(ledger.unborn).set(number, run) }
  const runs = new Map(ledger.runs).set(number, run)
  // Anyone can grant to numbers that no run has: they are not copied for each event of those that there are.
  if (!ledger.unborn.has(number)) return { ...ledger, runs }
  const unborn = new Map(ledger.unborn)
  unborn.delete(number)
  return { ...ledger, runs, unborn }
}

function emissionFolded(ledger: Ledger, event: EmissionEvent, where: Where): Folded {
  const { coordinator } = ledger.blank
  const folded = { ...ledger, emission: foldEmission(ledger.emission, event, coordinator) }
  if (event.name !== 'Paid' || !sameHex(event.manager, coordinator)) return { ledger: folded, facts: [] }
  const { period, run, votes, amount } = event
  const numbers = { period: Number(period), run: Number(run), votes: votes.toString(), amount: amount.toString() }
  return { ledger: folded, facts: [{ table: 'payments', row: { ...numbers, block: where.block, at: where.at } }] }
}

function emptyRun(blank: RunState, run: bigint): RunLedger {
  return {
    state: { ...blank, run },
    createdAt: 0,
    story: EMPTY_STORY,
    openings: new Map(),
    joined: new Map(),
    earned: new Map(),
  }
}

function runFolded(
  before: RunLedger,
  event: RunEvent & { readonly run: bigint },
  where: Where,
  poolsBefore: Ledger['pools'],
): { readonly run: RunLedger; readonly facts: readonly Fact[] } {
  const state = transition(before.state, event)
  const run: RunLedger = { ...before, state, story: foldStory(before.story, event, where) }
  switch (event.name) {
    case 'RunCreated':
      return { run: { ...run, createdAt: where.at }, facts: [] }
    case 'MemberJoined': {
      const key = joinedKey(event.role === 0 ? 'miner' : 'validator', lowerHex(event.operator))
      return { run: { ...run, joined: new Map(run.joined).set(key, where.at) }, facts: [] }
    }
    case 'RoundFinalized':
    case 'RoundVoided': {
      const ended = state.rounds.at(-1)
      return { run, facts: ended === undefined ? [] : roundFacts(state, ended, run.story, where) }
    }
    case 'RoundRefuted':
      return { run, facts: undoneFacts(before.state, state, where) }
    case 'PotsOpened': {
      const opening: EpochOpening = { openedAt: where.at, pools: poolsBefore }
      return { run: { ...run, openings: new Map(run.openings).set(event.epoch, opening) }, facts: [] }
    }
    case 'PotsSettled':
      return settled(run, event.epoch, where)
    case 'Claimed': {
      const { operator, holder, source, epoch, amount } = event
      const numbers = { run: Number(state.run), epoch: Number(epoch), source: Number(source), block: where.block }
      const names = { operator: lowerHex(operator), holder: lowerHex(holder), tx: where.tx }
      return {
        run,
        facts: [{ table: 'claims', row: { ...numbers, ...names, at: where.at, amount: amount.toString() } }],
      }
    }
    default:
      return { run, facts: [] }
  }
}

function settled(
  run: RunLedger,
  number: bigint,
  where: Where,
): { readonly run: RunLedger; readonly facts: readonly Fact[] } {
  const epoch = run.state.epochs.get(number)
  const opening = run.openings.get(number)
  // SAFETY: the transition has held that the epoch was opened and is settled.
  if (epoch === undefined || opening === undefined) throw new Error(`epoch ${number} was never opened`)
  const { facts, earned } = epochFacts(run.state, epoch, opening, where)
  const openings = new Map(run.openings)
  openings.delete(number)
  const sums = new Map(run.earned)
  for (const [key, amount] of earned) sums.set(key, (sums.get(key) ?? 0n) + amount)
  return { run: { ...run, openings, earned: sums }, facts }
}

export function joinedKey(role: 'miner' | 'validator', operator: Hex): string {
  return `${role}/${operator}`
}
