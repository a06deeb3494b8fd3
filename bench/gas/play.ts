// Plays rounds and epochs of a run in which everybody acts in time, and writes down what each transaction used.

import { advance } from '@tessera/chain/actions/advance'
import { advanceEpoch } from '@tessera/chain/actions/advanceEpoch'
import { attest } from '@tessera/chain/actions/attest'
import { commit } from '@tessera/chain/actions/commit'
import { commitScores } from '@tessera/chain/actions/commitScores'
import { getRound } from '@tessera/chain/actions/getRound'
import { propose } from '@tessera/chain/actions/propose'
import { reveal } from '@tessera/chain/actions/reveal'
import { revealScores } from '@tessera/chain/actions/revealScores'
import { settle } from '@tessera/chain/actions/settle'
import { contributionCommitment } from '@tessera/protocol/commitment'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import { proposalHash } from '@tessera/protocol/proposal'
import { encodeScores, scoreCommitment } from '@tessera/protocol/scoreCommitment'
import { settle as settlementOf } from '@tessera/protocol/settlement'
import type { GasChain } from './chain.ts'
import { type GasRun, type Member, word } from './run.ts'
import { includedSlots, medianPages, scoresOf } from './scores.ts'
import type { EpochGas, RoundGas } from './tally.ts'

export class Play {
  readonly run: GasRun
  readonly #gas: GasChain
  readonly #signal: AbortSignal

  constructor(gas: GasChain, run: GasRun, signal: AbortSignal) {
    this.#gas = gas
    this.run = run
    this.#signal = signal
  }

  /** What is due, by somebody who is no member. */
  async advance(): Promise<number> {
    return this.#gas.send(this.#gas.holder, advance(this.#gas.chain.deployment, { run: this.run.id }))
  }

  /** Plays the round that is open to its end; the next one is open then. */
  async round(round: number): Promise<RoundGas> {
    const { miners } = this.run
    const commits = await this.commits(round, miners)
    const toReveal = await this.advance()
    const reveals = await this.reveals(round, miners)
    const toLeader = await this.advance()
    const { propose, attests } = await this.#vote(round)
    return { round, commits, reveals, propose, attests, toReveal, toLeader, toNext: await this.advance() }
  }

  commits(round: number, miners: readonly Member[]): Promise<number[]> {
    const { deployment } = this.#gas.chain
    return this.#each(miners, (miner) => {
      const { run, round: number, slot } = this.#opening(miner, round)
      const commitment = contributionCommitment(this.#opening(miner, round))
      return commit(deployment, { run, round: number, slot, commitment })
    })
  }

  reveals(round: number, miners: readonly Member[]): Promise<number[]> {
    const { deployment } = this.#gas.chain
    return this.#each(miners, (miner) => reveal(deployment, this.#opening(miner, round)))
  }

  /**
   * All validators of an epoch that has closed score all miners, and it is settled.
   * @param pageSlots miner slots of a settlement's page; all in one call if not given.
   */
  async scores(epoch: number, pageSlots?: number): Promise<EpochGas> {
    const { deployment } = this.#gas.chain
    const { id: run, validators } = this.run
    const number = BigInt(epoch)
    const commits = await this.#each(validators, (validator) => {
      const opening = this.#scoreOpening(validator, epoch)
      const commitment = scoreCommitment({ ...opening, validator: validator.operator })
      return commitScores(deployment, { run, epoch: number, slot: validator.slot, commitment })
    })
    const toReveal = await this.#gas.send(this.#gas.holder, advanceEpoch(deployment, { run, epoch: number }))
    const reveals = await this.#each(validators, (validator) => {
      const opening = this.#scoreOpening(validator, epoch)
      return revealScores(deployment, { ...opening, slot: validator.slot, scores: bytesToHex(opening.scores) })
    })
    const { vectors, pages } = this.#settlement(epoch, pageSlots)
    const settled: number[] = []
    for (const medians of pages)
      settled.push(await this.#gas.send(this.#gas.holder, settle(deployment, { run, epoch: number, vectors, medians })))
    return { epoch, commits, reveals, toReveal, settle: settled }
  }

  /** The leader that is drawn proposes, then all others attest. */
  async #vote(round: number): Promise<{ propose: number; attests: number[] }> {
    const { deployment } = this.#gas.chain
    const { id: run, miners, params, validators } = this.run
    const { attempt, leader: slot } = await getRound(this.#gas.chain, { run, round: BigInt(round) })
    const leader = validators.find((validator) => validator.slot === slot)
    if (leader === undefined) throw new TypeError(`slot ${slot}, which leads round ${round}, is not of this play`)
    const included = includedSlots(miners.length, params.maxIncluded)
    const ballot = { run, round: BigInt(round), attempt, included, nextRoot: word(`state ${run} ${round}`) }
    const proposal = proposalHash(ballot)
    const proposed = await this.#gas.send(leader.operator, propose(deployment, { ...ballot, worse: false }))
    const others = validators.filter((validator) => validator !== leader)
    const attests = await this.#each(others, (validator) =>
      attest(deployment, { run, round: BigInt(round), slot: validator.slot, proposal, worse: false }),
    )
    return { propose: proposed, attests }
  }

  #settlement(epoch: number, pageSlots?: number): { vectors: Hex[]; pages: Hex[] } {
    const { id, miners, params, validators } = this.run
    const vectors = validators.map(({ slot }) => scoresOf(id, epoch, slot, params.maxMiners))
    const rounds = params.roundsPerEpoch
    const { medians } = settlementOf({
      minerRounds: Array.from({ length: params.maxMiners }, (_, slot) => (slot < miners.length ? rounds : 0)),
      validators: validators.map(({ slot, weight }, i) => ({
        slot,
        weight,
        activeRounds: rounds,
        scores: vectors[i] as Uint16Array,
      })),
      totalWeight: validators.reduce((total, { weight }) => total + weight, 0n),
      rounds,
      finalRounds: rounds,
      roundsPerEpoch: rounds,
      minerShareBps: params.minerShareBps,
      validatorShareBps: params.validatorShareBps,
    })
    return {
      vectors: vectors.map((scores) => bytesToHex(encodeScores(scores))),
      pages: medianPages(medians, pageSlots),
    }
  }

  #opening({ slot }: Member, round: number) {
    const tag = `${this.run.id} ${slot} ${round}`
    const [contributionRoot, digest, salt] = [word(`root ${tag}`), word(`digest ${tag}`), word(`salt ${tag}`)]
    return { run: this.run.id, round: BigInt(round), slot, contributionRoot, digest, size: 9_700_000n, salt }
  }

  #scoreOpening({ slot }: Member, epoch: number) {
    const { id: run, params } = this.run
    const tag = `${run} ${slot} ${epoch}`
    const [receiptsDigest, salt] = [word(`receipts ${tag}`), word(`score salt ${tag}`)]
    const scores = encodeScores(scoresOf(run, epoch, slot, params.maxMiners))
    return { run, epoch: BigInt(epoch), scores, receiptsDigest, receiptsSize: 300_000n, salt }
  }

  async #each(members: readonly Member[], requestOf: (member: Member) => Parameters<GasChain['send']>[1]) {
    const used: number[] = []
    for (const member of members) {
      this.#signal.throwIfAborted()
      used.push(await this.#gas.send(member.operator, requestOf(member)))
    }
    return used
  }
}
