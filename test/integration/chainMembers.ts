// Members of a run that act with plain keys, for tests: they commit to contributions that nobody could fetch, and score by a
// formula. What is on the chain is as it would be with real ones.

import { allowManager } from '@tessera/chain/actions/allowManager'
import { approve } from '@tessera/chain/actions/approve'
import { attest } from '@tessera/chain/actions/attest'
import { commit } from '@tessera/chain/actions/commit'
import { commitScores } from '@tessera/chain/actions/commitScores'
import { createRun } from '@tessera/chain/actions/createRun'
import { deposit } from '@tessera/chain/actions/deposit'
import { getRunCount } from '@tessera/chain/actions/getRunCount'
import { getRunDeposit } from '@tessera/chain/actions/getRunDeposit'
import { getSlot } from '@tessera/chain/actions/getSlot'
import { grant } from '@tessera/chain/actions/grant'
import { joinAsMiner } from '@tessera/chain/actions/joinAsMiner'
import { joinAsValidator } from '@tessera/chain/actions/joinAsValidator'
import { propose } from '@tessera/chain/actions/propose'
import { refuse } from '@tessera/chain/actions/refuse'
import { reveal } from '@tessera/chain/actions/reveal'
import { revealScores } from '@tessera/chain/actions/revealScores'
import { setDelegate } from '@tessera/chain/actions/setDelegate'
import { transfer } from '@tessera/chain/actions/transfer'
import { withAdvance } from '@tessera/chain/actions/withAdvance'
import type { TransactionRequest } from '@tessera/chain/request'
import type { TransactionSender } from '@tessera/chain/send'
import type { Receipt } from '@tessera/chain/shapes'
import { contributionCommitment } from '@tessera/protocol/commitment'
import type { Role, RunParams } from '@tessera/protocol/events'
import { bytesToHex, type Hex, lowerHex } from '@tessera/protocol/hex'
import { proposalHash } from '@tessera/protocol/proposal'
import type { RoundState } from '@tessera/protocol/runState'
import { encodeScores, scoreCommitment } from '@tessera/protocol/scoreCommitment'
import { type ChainHarness, word } from './chainHarness.ts'

/** Miner slots of a run, if nothing else is said: two pages of a settlement. */
export const MAX_MINERS = 12
const TOKEN = 10n ** 18n

/** A run that nobody has to train: what commands look up, give to and vote for. @param token the deployment's. */
export const runParamsOfTests = (token: Hex): RunParams => ({
  manifestDigest: word('manifest'),
  manifestSize: 4_000n,
  genesisRoot: word('genesis'),
  trainSeconds: 3_600,
  commitSeconds: 60,
  revealSeconds: 60,
  attestSeconds: 60,
  scoreCommitSeconds: 60,
  scoreRevealSeconds: 60,
  maxLeaders: 2,
  roundsPerEpoch: 2,
  maxRounds: 0n,
  maxIncluded: 4,
  minMiners: 2,
  maxMiners: 20,
  minValidators: 2,
  maxValidators: 4,
  protectionEpochs: 1,
  minerStake: 10n * TOKEN,
  validatorStake: 10n * TOKEN,
  validatorWeightCap: 100n * TOKEN,
  rewardToken: token,
  minPot: 1n,
  epochPot: 1_000n * TOKEN,
  minerShareBps: 4_100,
  validatorShareBps: 4_100,
  maxBlobBytes: 10_000,
  chunks: { k: 2, chunkSize: 8, chunkCount: 3, clipQ8: 512, rateQ16: 65_536, maxInnerSteps: 3, batch: 8 },
})

/** An operator with a hot key of its own. */
export class TestMember {
  readonly name: string
  readonly operator: Hex
  readonly #harness: ChainHarness
  readonly #cold: TransactionSender
  readonly #hot: TransactionSender
  readonly #run: bigint
  readonly #maxMiners: number
  #slot = -1

  private constructor(
    name: string,
    harness: ChainHarness,
    run: bigint,
    cold: TransactionSender,
    hot: TransactionSender,
    maxMiners: number,
  ) {
    this.name = name
    this.operator = lowerHex(cold.address)
    this.#harness = harness
    this.#run = run
    this.#cold = cold
    this.#hot = hot
    this.#maxMiners = maxMiners
  }

  static async make(
    harness: ChainHarness,
    run: bigint,
    name: string,
    maxMiners: number = MAX_MINERS,
  ): Promise<TestMember> {
    const [cold, hot] = [await harness.sender(name), await harness.sender(`${name} hot`)]
    return new TestMember(name, harness, run, cold, hot, maxMiners)
  }

  get slot(): number {
    if (this.#slot < 0) throw new Error(`${this.name} has no slot`)
    return this.#slot
  }

  /** Bonds a stake that the holder gives, names the hot key, and joins. */
  async join(holder: TransactionSender, role: Role, stake: bigint): Promise<void> {
    const { deployment } = this.#harness.chain
    const run = this.#run
    await this.bond(holder, stake)
    const join = role === 'miner' ? joinAsMiner(deployment, { run }) : joinAsValidator(deployment, { run, stake })
    await this.#harness.send(this.#cold, join)
    await this.findSlot(role)
  }

  /** Looks its slot up, once it has one. */
  async findSlot(role: Role): Promise<void> {
    const { operator } = this
    this.#slot = (await getSlot(this.#harness.chain, { run: this.#run, role, operator })) ?? -1
  }

  /** Sends with its cold key. */
  own(request: TransactionRequest): Promise<Receipt> {
    return this.#harness.send(this.#cold, request)
  }

  /** Bonds a stake that the holder gives, names the hot key, and lets the coordinator lock. */
  async bond(holder: TransactionSender, stake: bigint): Promise<void> {
    const harness = this.#harness
    const { deployment } = harness.chain
    await harness.send(holder, transfer(deployment, { to: this.#cold.address, amount: stake }))
    await harness.send(this.#cold, approve(deployment, { spender: deployment.stakeVault, amount: stake }))
    await harness.send(this.#cold, deposit(deployment, { operator: this.operator, amount: stake }))
    await harness.send(this.#cold, setDelegate(deployment, { delegate: this.#hot.address }))
    await harness.send(this.#cold, allowManager(deployment, { manager: deployment.runCoordinator, allowed: true }))
  }

  /** @param last Whether it acts last, and so ends the phase in the same transaction. */
  commit(round: bigint, last = false): Promise<Receipt> {
    const { run, slot } = this.#opening(round)
    const commitment = contributionCommitment(this.#opening(round))
    return this.#act(commit(this.#harness.chain.deployment, { run, round, slot, commitment }), last)
  }

  reveal(round: bigint, last = false): Promise<Receipt> {
    return this.#act(reveal(this.#harness.chain.deployment, this.#opening(round)), last)
  }

  propose(round: RoundState, included: bigint, worse = false): Promise<Receipt> {
    return this.#act(propose(this.#harness.chain.deployment, { ...this.#ballot(round, included), worse }))
  }

  attest(round: RoundState, included: bigint, { worse = false, last = false } = {}): Promise<Receipt> {
    const vote = { ...this.#vote(round, included), worse }
    return this.#act(attest(this.#harness.chain.deployment, vote), last)
  }

  refuse(round: RoundState, included: bigint): Promise<Receipt> {
    return this.#act(refuse(this.#harness.chain.deployment, this.#vote(round, included)))
  }

  commitScores(epoch: bigint, scores: readonly number[]): Promise<Receipt> {
    const opening = this.#scores(epoch, scores)
    const commitment = scoreCommitment({ ...opening, validator: this.operator })
    const { run, slot } = opening
    return this.#act(commitScores(this.#harness.chain.deployment, { run, epoch, slot, commitment }))
  }

  revealScores(epoch: bigint, scores: readonly number[]): Promise<Receipt> {
    const opening = this.#scores(epoch, scores)
    return this.#act(revealScores(this.#harness.chain.deployment, { ...opening, scores: bytesToHex(opening.scores) }))
  }

  #act(request: TransactionRequest, last = false): Promise<Receipt> {
    const { deployment } = this.#harness.chain
    return this.#harness.send(this.#hot, last ? withAdvance(deployment, request, { run: this.#run }) : request)
  }

  #opening(round: bigint) {
    const tag = `${this.name} ${round}`
    const [contributionRoot, digest, salt] = [word(`root ${tag}`), word(`digest ${tag}`), word(`salt ${tag}`)]
    return { run: this.#run, round, slot: this.slot, contributionRoot, digest, size: 1_000n, salt }
  }

  #ballot({ id, attempt }: RoundState, included: bigint) {
    return { run: this.#run, round: id, attempt, included, nextRoot: word(`state ${id}`) }
  }

  /** On what the leader of the round proposes with the same set. */
  #vote(round: RoundState, included: bigint) {
    const proposal = proposalHash(this.#ballot(round, included))
    return { run: this.#run, round: round.id, slot: this.slot, proposal }
  }

  #scores(epoch: bigint, scores: readonly number[]) {
    const vector = Uint16Array.from({ length: this.#maxMiners }, (_, slot) => scores[slot] ?? 0)
    const tag = `${this.name} epoch ${epoch}`
    const [receiptsDigest, salt] = [word(`receipts ${tag}`), word(`salt ${tag}`)]
    return {
      run: this.#run,
      epoch,
      slot: this.slot,
      scores: encodeScores(vector),
      receiptsDigest,
      receiptsSize: 500n,
      salt,
    }
  }
}

/** Creates a run, whose owner is the sender, with the deposit that it takes. */
export async function newRun(harness: ChainHarness, owner: TransactionSender, params: RunParams): Promise<bigint> {
  const { chain } = harness
  const { deployment } = chain
  const amount = await getRunDeposit(chain)
  await harness.send(owner, approve(deployment, { spender: deployment.runCoordinator, amount }))
  await harness.send(owner, createRun(deployment, { params }))
  return getRunCount(chain)
}

/** Gives tokens of the sender to a run, for its epochs to come. */
export async function giveGrant(
  harness: ChainHarness,
  giver: TransactionSender,
  run: bigint,
  amount: bigint,
): Promise<void> {
  const { deployment } = harness.chain
  await harness.send(giver, approve(deployment, { spender: deployment.rewardEscrow, amount }))
  await harness.send(giver, grant(deployment, { manager: deployment.runCoordinator, run, amount }))
}
