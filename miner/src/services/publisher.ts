// Commits the contribution that the journal holds for the present round, and opens the commitment when the time has come.
// It only ever signs what the journal says, so a restart repeats and never contradicts.

import type { Journal } from '@tessera/agent/journal'
import { commit } from '@tessera/chain/actions/commit'
import { reveal } from '@tessera/chain/actions/reveal'
import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import type { Actor } from '@tessera/node/actor'
import { endingPhase } from '@tessera/node/phaseEnd'
import type { Service } from '@tessera/node/service'
import { hasSlot } from '@tessera/protocol/bitmap'
import { contributionCommitment } from '@tessera/protocol/commitment'
import { type OverlapRule, trainingStart } from '@tessera/protocol/trainingStart'
import { readContribution } from '../contributionRecord.ts'

export interface PublisherOptions {
  readonly run: bigint
  readonly slotOf: (view: Followed) => number | undefined
  readonly deployment: Deployment
  readonly actor: Actor
  readonly journal: Journal
  /** Of the run's manifest. */
  readonly training: OverlapRule
}

export class Publisher implements Service {
  readonly name = 'publisher'
  readonly #options: PublisherOptions

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  async step(view: Followed): Promise<void> {
    const { actor, deployment, journal, run, training } = this.#options
    const { round, phase } = view.state
    const slot = this.#options.slotOf(view)
    if (round === null || slot === undefined || !hasSlot(round.miners, slot)) return
    const start = trainingStart(view.state, round.id, training)
    const record = start && readContribution(journal, round.id, start.seed)
    if (record === undefined) return

    const { contributionRoot, digest, salt } = record
    const opening = { contributionRoot, digest, size: BigInt(record.size), salt }
    const about = { run, round: round.id, slot }
    if ((phase === 'Train' || phase === 'Commit') && !hasSlot(round.committed, slot)) {
      const request = commit(deployment, { ...about, commitment: contributionCommitment({ ...about, ...opening }) })
      await actor.act(endingPhase(deployment, view.state, request, { kind: 'commit', slot }), { round: round.id })
    } else if (phase === 'Reveal' && hasSlot(round.committed, slot) && !hasSlot(round.revealed, slot)) {
      const request = reveal(deployment, { ...about, ...opening })
      const context = { round: round.id, bytes: record.size }
      await actor.act(endingPhase(deployment, view.state, request, { kind: 'reveal', slot }), context)
    }
  }
}
