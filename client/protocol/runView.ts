// What services and pages ask of a run's state, in their words.

import { slotsOf } from './bitmap.ts'
import type { BlobSource } from './blobSource.ts'
import type { Role } from './events.ts'
import type { Hex } from './hex.ts'
import { type Member, membersOf, type RunState, roundOf } from './runState.ts'
import { trainingStart } from './trainingStart.ts'

/** A contribution as its author revealed it on chain. */
export interface Revealed {
  readonly run: bigint
  readonly round: bigint
  readonly slot: number
  readonly operator: Hex
  readonly contributionRoot: Hex
  readonly digest: Hex
  readonly size: bigint
  /** Root of the state that it has to be trained from, by whether the run's manifest has rounds overlap. */
  readonly baseRoot: Hex
  readonly overlappedBaseRoot: Hex
}

/** A final round of the run, as the chain has it. Rounds that are void or undone leave no trace in the lineage. */
export interface FinalRound {
  readonly round: bigint
  readonly parentRoot: Hex
  readonly root: Hex
}

/** The final rounds that are not undone, in order. */
export function lineageOf(state: RunState): readonly FinalRound[] {
  return state.rounds.flatMap(({ id, parentRoot, end }) =>
    end?.kind === 'final' ? [{ round: id, parentRoot, root: end.root }] : [],
  )
}

/** The revealed contributions of a round, in the order in which they were revealed. */
export function revealedIn(state: RunState, round: bigint): readonly Revealed[] {
  const found = roundOf(state, round)
  if (found === undefined) return []
  const { parentRoot } = found
  const about = {
    run: state.run,
    round,
    baseRoot: trainingStart(state, round, { overlap: false })?.baseRoot ?? parentRoot,
    overlappedBaseRoot: trainingStart(state, round, { overlap: true })?.baseRoot ?? parentRoot,
  }
  const revealed = [...found.contributions.values()].flatMap(({ slot, operator, revealed }) =>
    revealed === null ? [] : [{ ...revealed, slot, operator, ...about }],
  )
  return revealed.sort((a, b) => a.order - b.order)
}

/** The contributions that a final round included. */
export function includedIn(state: RunState, round: bigint): readonly Revealed[] {
  const end = roundOf(state, round)?.end
  const slots = end?.kind === 'final' ? new Set(slotsOf(end.included)) : new Set<number>()
  return revealedIn(state, round).filter(({ slot }) => slots.has(slot))
}

/**
 * Until when a contribution of the round is of use to its votes, unix seconds: the end of the phase in which validators attest, as far as it
 * can be told by now. Undefined for a round that is over or not so far: whoever reads it then has its own reasons and its own time.
 */
export function votesEndAt({ round, phase, params }: RunState, id: bigint): bigint | undefined {
  if (round?.id !== id || round.end !== null || params === null) return undefined
  if (phase === 'Attest') return round.deadline
  return phase === 'Reveal' ? round.deadline + BigInt(params.attestSeconds) : undefined
}

/** The operator's slot in the run, also while it is leaving: it still has to reveal, to score, to be paid. Undefined if it has none. */
export function slotOf(state: RunState, role: Role, operator: Hex): number | undefined {
  for (const member of membersOf(state, role).values()) if (member.operator === operator) return member.slot
  return undefined
}

/** Whether a member's stake and slot are free: it leaves, and every epoch up to its last one is settled. */
export function isReleasable(state: RunState, member: Member): boolean {
  if (!member.leaving) return false
  return [...state.epochs.values()].every(({ id, phase }) => id > member.lastEpoch || phase === 'Settled')
}

export interface SourceRequest {
  readonly state: RunState | undefined
  /** The operator that has the blob for certain; undefined for the run's own blobs. */
  readonly author: Hex | undefined
  readonly self: Hex
  readonly mirrors: readonly string[]
  /** Shuffles the other nodes, so that not everyone asks the same one. */
  readonly random: () => number
}

/** Where a blob may be: its author, then the other nodes of the run in any order, then mirrors. URLs are checked by the fetcher. */
export function sourcesFor(request: SourceRequest): readonly BlobSource[] {
  const { state, author, self, mirrors, random } = request
  const last = mirrors.map((url): BlobSource => ({ url, role: 'mirror' }))
  const endpoint = (operator: Hex): string[] => {
    const url = state?.operators.get(operator)?.endpoint ?? ''
    return url === '' || operator === self ? [] : [url]
  }
  if (state === undefined) return last
  const others = [...state.miners.values(), ...state.validators.values()]
    .map((member) => member.operator)
    .filter((operator) => operator !== author)
    .map((operator) => ({ operator, key: random() }))
    .sort((a, b) => a.key - b.key)
    .flatMap(({ operator }) => endpoint(operator))
    .map((url): BlobSource => ({ url, role: 'peer' }))
  const first = (author === undefined ? [] : endpoint(author)).map((url): BlobSource => ({ url, role: 'author' }))
  // The first role that a URL has counts.
  const byUrl = new Map<string, BlobSource>()
  for (const source of [...first, ...others, ...last]) if (!byUrl.has(source.url)) byUrl.set(source.url, source)
  return [...byUrl.values()]
}
