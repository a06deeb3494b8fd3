// Scores an epoch when its rounds are over: scores and receipts from what was measured, sealed on chain first, opened when
// everyone has sealed.

import { type Journal, NO_ROUND } from '@tessera/agent/journal'
import type { Logger } from '@tessera/agent/logger'
import { commitScores } from '@tessera/chain/actions/commitScores'
import { revealScores } from '@tessera/chain/actions/revealScores'
import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import type { Actor } from '@tessera/node/actor'
import { endingPhase } from '@tessera/node/phaseEnd'
import type { Service } from '@tessera/node/service'
import { hasSlot, slotsOf } from '@tessera/protocol/bitmap'
import { bytesToHex, type Hex, hexToBytes } from '@tessera/protocol/hex'
import { encodeReceipts, MAX_RECEIPTS_BYTES } from '@tessera/protocol/receipt'
import type { EpochState } from '@tessera/protocol/runState'
import { roundOf } from '@tessera/protocol/runState'
import {
  emptyScoreState,
  encodeScoreState,
  type Outcome,
  parseScoreState,
  type ScoredRound,
  type ScoreState,
  scoreEpoch,
} from '@tessera/protocol/score'
import { encodeScores, scoreCommitment } from '@tessera/protocol/scoreCommitment'
import { ZERO_HASH } from '@tessera/protocol/tags'
import type { BlobStore } from '@tessera/storage/blobStore'
import { readOutcomes } from '../outcomeBook.ts'
import type { Evaluator } from './evaluator.ts'

export interface ScorerOptions {
  readonly run: bigint
  readonly operator: Hex
  readonly slotOf: (view: Followed) => number | undefined
  readonly deployment: Deployment
  readonly actor: Actor
  readonly journal: Journal
  readonly store: BlobStore
  readonly evaluator: Evaluator
  readonly logger: Logger
  readonly salt: () => Uint8Array
  readonly signal: AbortSignal
}

interface ScoreRecord {
  readonly scores: Hex
  readonly receiptsDigest: Hex
  readonly receiptsSize: number
  readonly salt: Hex
  /** The ratings after this epoch, in the same record as the scores, so that they never drift apart. */
  readonly state: string
}

/** From this share of the commit window on, unmeasured rounds are no longer waited for. */
const PATIENCE = 0.5

export class Scorer implements Service {
  readonly name = 'scorer'
  readonly #options: ScorerOptions

  constructor(options: ScorerOptions) {
    this.#options = options
  }

  async step(view: Followed): Promise<void> {
    const slot = this.#options.slotOf(view)
    if (slot === undefined) return
    for (const epoch of view.state.epochs.values()) {
      if (!hasSlot(epoch.validators, slot)) continue
      if (epoch.phase === 'Commit' && !hasSlot(epoch.committed, slot)) await this.#commit(view, epoch, slot)
      if (epoch.phase === 'Reveal' && hasSlot(epoch.committed, slot) && !hasSlot(epoch.revealed, slot))
        await this.#reveal(view, epoch, slot)
    }
  }

  /** The rating of an operator's work after the last epoch that was scored. */
  ratingOf(view: Followed, operator: Hex): number {
    return this.#stateBefore(view, view.state.round?.epoch ?? 0n).miners[operator]?.mu ?? Number.NEGATIVE_INFINITY
  }

  async #commit(view: Followed, epoch: EpochState, slot: number): Promise<void> {
    const { actor, deployment, operator, run, evaluator } = this.#options
    const waiting = evaluator.pending(view).some((round) => round.epoch === epoch.id)
    const window = view.state.params?.scoreCommitSeconds ?? 0
    if (waiting && Number(epoch.deadline - view.block.timestamp) > window * (1 - PATIENCE)) return
    const record = this.#read(view, epoch) ?? (await this.#score(view, epoch))
    const commitment = scoreCommitment({
      run,
      epoch: epoch.id,
      validator: operator,
      scores: hexToBytes(record.scores),
      receiptsDigest: record.receiptsDigest,
      receiptsSize: BigInt(record.receiptsSize),
      salt: record.salt,
    })
    const request = commitScores(deployment, { run, epoch: epoch.id, slot, commitment })
    const action = { kind: 'commitScores', epoch: epoch.id, slot } as const
    await actor.act(endingPhase(deployment, view.state, request, action), { epoch: epoch.id })
  }

  async #reveal(view: Followed, epoch: EpochState, slot: number): Promise<void> {
    const { actor, deployment, run } = this.#options
    const record = this.#read(view, epoch)
    if (record === undefined) return
    const { scores, receiptsDigest, salt } = record
    const opening = { scores, receiptsDigest, receiptsSize: BigInt(record.receiptsSize), salt }
    await actor.act(revealScores(deployment, { run, epoch: epoch.id, slot, ...opening }), { epoch: epoch.id })
  }

  async #score(view: Followed, epoch: EpochState): Promise<ScoreRecord> {
    const { run, operator, journal, store, salt, logger, signal } = this.#options
    const { scores, state, receipts } = scoreEpoch({
      run,
      epoch: epoch.id,
      validator: operator,
      slots: view.state.params?.maxMiners ?? 0,
      members: [...epoch.minerOperators].map(([slot, operator]) => ({ slot, operator })),
      rounds: this.#rounds(view, epoch),
      previous: this.#stateBefore(view, epoch.id),
    })
    const ref = await store.put(encodeReceipts(receipts), {
      round: Number(epoch.lastRound),
      maxBytes: MAX_RECEIPTS_BYTES,
      signal,
    })
    const record: ScoreRecord = {
      scores: bytesToHex(encodeScores(scores)),
      receiptsDigest: ref.digest,
      receiptsSize: ref.size,
      salt: bytesToHex(salt()),
      state: encodeScoreState(state),
    }
    const { value } = journal.record(kindOf(view, epoch), NO_ROUND, JSON.stringify(record))
    logger.info('scored', { event: 'scored', epoch: epoch.id, scores: [...scores].join(' ') })
    return JSON.parse(value) as ScoreRecord
  }

  /** Every active miner of every round of the epoch, exactly once; what was not measured counts for nothing either way. */
  #rounds(view: Followed, epoch: EpochState): ScoredRound[] {
    return view.state.rounds
      .filter((round) => round.epoch === epoch.id)
      .map((round) => {
        const outcomes = readOutcomes(this.#options.journal, round.id, round.trainSeed)
        const miners = slotsOf(round.miners).flatMap((slot) => {
          const operator = round.minerOperators.get(slot)
          if (operator === undefined) return []
          const onChain: Outcome = hasSlot(round.revealed, slot)
            ? { kind: 'unmeasured' }
            : { kind: 'zero', reason: hasSlot(round.committed, slot) ? 'unrevealed' : 'absent' }
          return [{ slot, operator, outcome: outcomes?.get(operator) ?? onChain }]
        })
        return { round: round.id, miners }
      })
  }

  #stateBefore(view: Followed, id: bigint): ScoreState {
    for (const epoch of [...view.state.epochs.values()].reverse()) {
      const record = epoch.id < id && epoch.phase !== 'Open' ? this.#read(view, epoch) : undefined
      if (record !== undefined) return parseScoreState(record.state)
    }
    return emptyScoreState
  }

  #read(view: Followed, epoch: EpochState): ScoreRecord | undefined {
    const text = this.#options.journal.get(kindOf(view, epoch), NO_ROUND)
    return text === undefined ? undefined : (JSON.parse(text) as ScoreRecord)
  }
}

/** By the training seed of its last round, which tells an epoch from its namesake on a chain that lost blocks. */
function kindOf(view: Followed, epoch: EpochState): string {
  const seed = roundOf(view.state, epoch.lastRound)?.trainSeed ?? ZERO_HASH
  return `scores/${epoch.id}/${seed.slice(2, 34)}`
}
