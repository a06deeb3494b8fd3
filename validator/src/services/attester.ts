// The validator's vote on the next root. As leader it proposes which contributions to include and what root they give; as any
// other it recomputes the leader's root and attests, or refuses. Votes rest on facts that every honest validator shares:
// a contribution's encoding, header and root. Whether it is a copy, or any good, is for the scores. Beside the vote stands what the
// loss guard measured: whether the model gets worse.

import type { Journal } from '@tessera/agent/journal'
import type { Logger } from '@tessera/agent/logger'
import { attest } from '@tessera/chain/actions/attest'
import { propose } from '@tessera/chain/actions/propose'
import { refuse } from '@tessera/chain/actions/refuse'
import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import type { Actor } from '@tessera/node/actor'
import type { ContributionReader } from '@tessera/node/contributionReader'
import { endingPhase } from '@tessera/node/phaseEnd'
import type { Replica } from '@tessera/node/replica'
import type { Service } from '@tessera/node/service'
import { bitmapOf, hasSlot, slotsOf } from '@tessera/protocol/bitmap'
import type { Contribution } from '@tessera/protocol/contribution'
import type { Hex } from '@tessera/protocol/hex'
import { chooseIncluded } from '@tessera/protocol/rating'
import type { RoundState } from '@tessera/protocol/runState'
import type { Revealed } from '@tessera/protocol/runView'
import { revealedIn } from '@tessera/protocol/runView'
import type { LossGuard } from '../lossGuard.ts'
import type { Collector } from './collector.ts'

export interface AttesterOptions {
  readonly run: bigint
  readonly slotOf: (view: Followed) => number | undefined
  readonly deployment: Deployment
  readonly actor: Actor
  readonly journal: Journal
  readonly reader: ContributionReader
  readonly collector: Collector
  readonly replica: Replica
  readonly guard: LossGuard
  readonly logger: Logger
  /** What this validator thinks of an operator's work so far: whom it includes, and who comes first when not all fit. */
  readonly ratingOf: (view: Followed, operator: Hex) => number
}

interface Vote {
  readonly included: bigint
  readonly nextRoot: Hex
  readonly accepts: boolean
  /** Whether this validator measured a worse model. */
  readonly worse: boolean
}

/** What this validator would vote, but for what the loss guard has to say. */
interface Draft {
  /** Attempt, and proposal if there is one. */
  readonly key: string
  readonly vote: Omit<Vote, 'worse'>
  /** The state after the proposed set; undefined if there is nothing to measure: an empty set, or a refusal. */
  readonly proposed: { readonly root: Hex; readonly state: Int32Array } | undefined
  /** When it was drawn up, by the chain's clock. */
  readonly since: bigint
}

/** A leader waits this share of its time for contributions that are still on their way. */
const PATIENCE = 0.5
/** The share of a leader's time that the loss guard may take of each validator. */
const MEASURING = 0.25
/** The shares by which a leader has proposed, and others have voted, whatever is still to be measured. */
const PROPOSED_BY = 0.625
const VOTED_BY = 0.875

export class Attester implements Service {
  readonly name = 'attester'
  readonly #options: AttesterOptions
  #draft: Draft | undefined
  /** What was complained of last, so that it is said once and not at every look. */
  #said: string | undefined

  constructor(options: AttesterOptions) {
    this.#options = options
  }

  async step(view: Followed): Promise<void> {
    const { round, phase } = view.state
    const slot = this.#options.slotOf(view)
    if (phase !== 'Attest' || round === null || slot === undefined || !hasSlot(round.validators, slot)) return
    if (hasSlot(round.attested, slot) || hasSlot(round.refused, slot)) return
    if (this.#options.replica.root !== round.parentRoot) return

    if (round.proposed) await this.#vote(view, round, slot)
    else if (round.leader === slot) await this.#propose(view, round)
  }

  // ---- As leader

  async #propose(view: Followed, round: RoundState): Promise<void> {
    const { actor, deployment, run } = this.#options
    const vote = this.#read(round) ?? (await this.#proposal(view, round))
    if (vote === undefined) return
    const { included, nextRoot, worse } = vote
    const about = { run, round: round.id, attempt: round.attempt }
    await actor.act(
      endingPhase(deployment, view.state, propose(deployment, { ...about, included, nextRoot, worse }), {
        kind: 'propose',
        slot: round.leader,
      }),
      { round: round.id, attempt: round.attempt, included: slotsOf(included), nextRoot, worse },
    )
  }

  /** Undefined while something is still to come. */
  async #proposal(view: Followed, round: RoundState): Promise<Vote | undefined> {
    const key = `${round.trainSeed}/${round.attempt}`
    if (this.#draft?.key !== key) {
      const chosen = this.#choose(view, round)
      if (chosen === undefined) return undefined
      const included = bitmapOf(chosen.map(({ slot }) => slot))
      const proposed = await this.#preview(round, chosen)
      const vote = { included, nextRoot: proposed?.root ?? round.parentRoot, accepts: true }
      this.#draft = { key, vote, proposed, since: view.block.timestamp }
    }
    return this.#complete(view, round, this.#draft, PROPOSED_BY)
  }

  /** Undefined while contributions are on their way and there is time to wait for them. */
  #choose(view: Followed, round: RoundState): readonly Revealed[] | undefined {
    const contributions = revealedIn(view.state, round.id)
    const judged = this.#options.collector.judge(contributions)
    if (judged.size < contributions.length && view.block.timestamp < atShare(view, round, PATIENCE)) return undefined

    const valid = contributions.filter((revealed) => judged.get(revealed.slot)?.kind === 'valid')
    const slots = chooseIncluded(
      valid.map(({ slot, operator }) => ({ slot, rating: this.#options.ratingOf(view, operator) })),
      view.state.params?.maxIncluded ?? 0,
    )
    return valid.filter(({ slot }) => slots.includes(slot))
  }

  // ---- As any other

  async #vote(view: Followed, round: RoundState, slot: number): Promise<void> {
    const { actor, deployment, run } = this.#options
    const { included, nextRoot, proposal } = round
    const vote = this.#read(round) ?? (await this.#verdict(view, round))
    if (vote === undefined) return
    // A proposal that differs from what was voted on before stems from a chain that lost blocks: no second vote.
    if (vote.included !== included || vote.nextRoot !== nextRoot) {
      this.#warn(round, 'not voting: another proposal of this attempt was voted on before the chain lost blocks')
      return
    }
    const { accepts, worse } = vote
    const about = { run, round: round.id, slot, proposal }
    const request = accepts ? attest(deployment, { ...about, worse }) : refuse(deployment, about)
    const action = { kind: accepts ? 'attest' : 'refuse', slot } as const
    const context = { round: round.id, attempt: round.attempt, nextRoot, ...(accepts && { worse }) }
    await actor.act(endingPhase(deployment, view.state, request, action), context)
  }

  /** Undefined while a contribution in the proposal has not arrived, while it is measured, or if it came too late for that. */
  async #verdict(view: Followed, round: RoundState): Promise<Vote | undefined> {
    const key = `${round.trainSeed}/${round.proposal}`
    if (this.#draft?.key !== key) {
      const draft = await this.#examine(view, round)
      if (draft === undefined) return undefined
      // Else a leader that waits long enough would have its proposal attested without a look at what it does to the model.
      if (draft.proposed !== undefined && draft.since >= atShare(view, round, VOTED_BY)) {
        this.#warn(round, 'not voting: the proposal came too late to be measured')
        return undefined
      }
      this.#draft = { key, ...draft }
    }
    return this.#complete(view, round, this.#draft, VOTED_BY)
  }

  /** Whether the proposal is right; undefined while a contribution in it has not arrived. */
  async #examine(view: Followed, round: RoundState): Promise<Omit<Draft, 'key'> | undefined> {
    const { logger, reader } = this.#options
    const { included, nextRoot } = round
    const since = view.block.timestamp
    const refusal = { vote: { included, nextRoot, accepts: false }, proposed: undefined, since }
    const chosen = revealedIn(view.state, round.id).filter((revealed) => hasSlot(included, revealed.slot))
    const verdicts = chosen.map((revealed) => reader.peek(revealed))
    const fault = verdicts.find((verdict) => verdict?.kind === 'fault')
    if (fault?.kind === 'fault') {
      const { reason, detail } = fault
      logger.warn('proposal includes an invalid contribution', { round: round.id, reason, detail })
      return refusal
    }
    if (verdicts.includes(undefined)) return undefined
    const proposed = await this.#preview(round, chosen)
    const computed = proposed?.root ?? round.parentRoot
    if (computed !== nextRoot) {
      logger.warn('proposal names a wrong root', { round: round.id, computed, proposed: nextRoot })
      return refusal
    }
    return { ...refusal, vote: { included, nextRoot, accepts: true }, proposed }
  }

  // ---- Both

  /** The vote, written down, once the loss guard has said what there is to say. */
  #complete(view: Followed, round: RoundState, draft: Draft, share: number): Vote | undefined {
    const { guard, replica } = this.#options
    const { proposed, since } = draft
    const own = since + BigInt(Math.ceil(MEASURING * attestSeconds(view)))
    const latest = atShare(view, round, share)
    const until = own < latest ? own : latest
    const present = replica.parameters
    const { state, block } = view
    const request = { state, round, present, now: block.timestamp, until }
    const worse = proposed !== undefined && guard.judge({ ...request, proposed })
    if (worse === undefined) return undefined
    this.#draft = undefined
    return this.#record(round, { ...draft.vote, worse })
  }

  /** The state and root after including these; undefined for none. All have been read. */
  async #preview(round: RoundState, chosen: readonly Revealed[]): Promise<Draft['proposed']> {
    if (chosen.length === 0) return undefined
    const contributions = chosen.map((revealed): Contribution => {
      const verdict = this.#options.reader.peek(revealed)
      if (verdict?.kind !== 'valid')
        throw new Error(`contribution of slot ${revealed.slot} was chosen without a verdict`)
      return verdict.contribution
    })
    return await this.#options.replica.preview(round.id, contributions)
  }

  #warn(round: RoundState, message: string): void {
    const once = `${round.trainSeed}/${round.attempt} ${message}`
    if (this.#said !== once) this.#options.logger.warn(message, { round: round.id })
    this.#said = once
  }

  #read(round: RoundState): Vote | undefined {
    const text = this.#options.journal.get(kindOf(round), round.id)
    return text === undefined ? undefined : parse(text)
  }

  /** Insert-once, per attempt: a restarted validator repeats its vote. */
  #record(round: RoundState, vote: Vote): Vote {
    const text = JSON.stringify({ ...vote, included: vote.included.toString() })
    return parse(this.#options.journal.record(kindOf(round), round.id, text).value)
  }
}

function kindOf(round: RoundState): string {
  return `vote/${round.trainSeed.slice(2, 34)}/${round.attempt}`
}

function parse(text: string): Vote {
  const stored = JSON.parse(text) as Omit<Vote, 'included'> & { included: string }
  return { ...stored, included: BigInt(stored.included) }
}

function attestSeconds(view: Followed): number {
  return view.state.params?.attestSeconds ?? 0
}

/** When this share of the leader's time is over, unix seconds. */
function atShare(view: Followed, round: RoundState, share: number): bigint {
  return round.deadline - BigInt(Math.floor((1 - share) * attestSeconds(view)))
}
