// The validator's vote on the next root. As leader it proposes which contributions to include and what root they give; as any
// other it recomputes the leader's root and attests, or refuses. Votes rest on facts that every honest validator shares:
// a contribution's encoding, header and root. Whether it is a copy, or any good, is for the scores.

import type { Journal } from '@tessera/agent/journal'
import type { Logger } from '@tessera/agent/logger'
import { attest } from '@tessera/chain/actions/attest'
import { propose } from '@tessera/chain/actions/propose'
import { refuse } from '@tessera/chain/actions/refuse'
import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import type { Actor } from '@tessera/node/actor'
import type { ContributionReader, Revealed } from '@tessera/node/contributionReader'
import type { Replica } from '@tessera/node/replica'
import { revealedIn } from '@tessera/node/runView'
import type { Service } from '@tessera/node/service'
import { bitmapOf, hasSlot } from '@tessera/protocol/bitmap'
import type { Contribution } from '@tessera/protocol/contribution'
import type { Hex } from '@tessera/protocol/hex'
import { chooseIncluded } from '@tessera/protocol/rating'
import type { RoundState, RunState } from '@tessera/protocol/runState'
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
  readonly logger: Logger
  /** What this validator thinks of an operator's work so far: whom it includes, and who comes first when not all fit. */
  readonly ratingOf: (view: Followed, operator: Hex) => number
}

interface Vote {
  readonly included: bigint
  readonly nextRoot: Hex
  readonly accepts: boolean
}

/** A leader waits this share of its time for contributions that are still on their way. */
const PATIENCE = 0.5

export class Attester implements Service {
  readonly name = 'attester'
  readonly #options: AttesterOptions

  constructor(options: AttesterOptions) {
    this.#options = options
  }

  async step(view: Followed): Promise<void> {
    const { round, phase } = view.state
    const slot = this.#options.slotOf(view)
    if (phase !== 'Attest' || round === null || slot === undefined || !hasSlot(round.validators, slot)) return
    if (hasSlot(round.attested, slot) || hasSlot(round.refused, slot)) return
    if (this.#options.replica.root !== round.parentRoot) return

    if (round.proposed) await this.#vote(view.state, round)
    else if (round.leader === slot) await this.#propose(view, round)
  }

  async #propose(view: Followed, round: RoundState): Promise<void> {
    const contributions = revealedIn(view.state, round.id)
    const judged = this.#options.collector.judge(contributions)
    const { attestSeconds, maxIncluded } = view.state.params ?? { attestSeconds: 0, maxIncluded: 0 }
    const remaining = Number(round.deadline - view.block.timestamp)
    if (judged.size < contributions.length && remaining > attestSeconds * (1 - PATIENCE)) return

    const valid = contributions.filter((revealed) => judged.get(revealed.slot)?.kind === 'valid')
    const slots = chooseIncluded(
      valid.map(({ slot, operator }) => ({ slot, rating: this.#options.ratingOf(view, operator) })),
      maxIncluded,
    )
    const chosen = valid.filter(({ slot }) => slots.includes(slot))
    const included = bitmapOf(slots)
    const nextRoot = (await this.#rootOf(round, chosen)) ?? round.parentRoot
    const vote = this.#record(round, { included, nextRoot, accepts: true })
    await this.#options.actor.act(
      propose(this.#options.deployment, { run: this.#options.run, round: round.id, attempt: round.attempt, ...vote }),
      {
        round: round.id,
        attempt: round.attempt,
        included: slots,
        nextRoot: vote.nextRoot,
      },
    )
  }

  async #vote(state: RunState, round: RoundState): Promise<void> {
    const { actor, deployment, logger, run } = this.#options
    const { included, nextRoot } = round
    const accepts = await this.#accepts(state, round)
    if (accepts === undefined) return
    const vote = this.#record(round, { included, nextRoot, accepts })
    // A proposal that differs from what was voted on before stems from a chain that lost blocks: no second vote.
    if (vote.included !== included || vote.nextRoot !== nextRoot) {
      logger.warn('not voting: another proposal of this attempt was voted on before the chain lost blocks', {
        round: round.id,
      })
      return
    }
    const about = { run, round: round.id, attempt: round.attempt }
    if (vote.accepts) await actor.act(attest(deployment, { ...about, included, nextRoot }), { ...about, nextRoot })
    else await actor.act(refuse(deployment, about), { ...about, nextRoot })
  }

  /** Whether the proposal is right; undefined while a contribution in it has not arrived. */
  async #accepts(state: RunState, round: RoundState): Promise<boolean | undefined> {
    const proposed = revealedIn(state, round.id).filter((revealed) => hasSlot(round.included, revealed.slot))
    const verdicts = proposed.map((revealed) => this.#options.reader.peek(revealed))
    const fault = verdicts.find((verdict) => verdict?.kind === 'fault')
    if (fault?.kind === 'fault') {
      this.#options.logger.warn('proposal includes an invalid contribution', {
        round: round.id,
        reason: fault.reason,
        detail: fault.detail,
      })
      return false
    }
    if (verdicts.includes(undefined)) return undefined
    const root = (await this.#rootOf(round, proposed)) ?? round.parentRoot
    if (root !== round.nextRoot)
      this.#options.logger.warn('proposal names a wrong root', {
        round: round.id,
        computed: root,
        proposed: round.nextRoot,
      })
    return root === round.nextRoot
  }

  /** The root after including these; undefined for none. All have been read. */
  async #rootOf(round: RoundState, chosen: readonly Revealed[]): Promise<Hex | undefined> {
    if (chosen.length === 0) return undefined
    const contributions = chosen.map((revealed): Contribution => {
      const verdict = this.#options.reader.peek(revealed)
      if (verdict?.kind !== 'valid')
        throw new Error(`contribution of slot ${revealed.slot} was chosen without a verdict`)
      return verdict.contribution
    })
    const { root } = await this.#options.replica.preview(round.id, contributions)
    return root
  }

  /** Insert-once, per attempt: a restarted validator repeats its vote. */
  #record(round: RoundState, vote: Vote): Vote {
    const text = JSON.stringify({ ...vote, included: vote.included.toString() })
    const { value } = this.#options.journal.record(
      `vote/${round.trainSeed.slice(2, 34)}/${round.attempt}`,
      round.id,
      text,
    )
    const stored = JSON.parse(value) as { included: string; nextRoot: Hex; accepts: boolean }
    return { ...stored, included: BigInt(stored.included) }
  }
}
