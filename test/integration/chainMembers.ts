// Members of a run that act with plain keys, for tests: they commit to contributions that nobody could fetch, and score by a
// formula. What is on the chain is as it would be with real ones.

import { allowManager } from '@tessera/chain/actions/allowManager'
import { approve } from '@tessera/chain/actions/approve'
import { attest } from '@tessera/chain/actions/attest'
import { commit } from '@tessera/chain/actions/commit'
import { commitScores } from '@tessera/chain/actions/commitScores'
import { deposit } from '@tessera/chain/actions/deposit'
import { joinAsMiner } from '@tessera/chain/actions/joinAsMiner'
import { joinAsValidator } from '@tessera/chain/actions/joinAsValidator'
import { propose } from '@tessera/chain/actions/propose'
import { refuse } from '@tessera/chain/actions/refuse'
import { reveal } from '@tessera/chain/actions/reveal'
import { revealScores } from '@tessera/chain/actions/revealScores'
import { setDelegate } from '@tessera/chain/actions/setDelegate'
import { transfer } from '@tessera/chain/actions/transfer'
import type { TransactionSender } from '@tessera/chain/send'
import type { Receipt } from '@tessera/chain/shapes'
import { contributionCommitment } from '@tessera/protocol/commitment'
import type { RunParams } from '@tessera/protocol/events'
import { bytesToHex, type Hex, lowerHex } from '@tessera/protocol/hex'
import type { RoundState } from '@tessera/protocol/runState'
import { encodeScores, scoreCommitment } from '@tessera/protocol/scoreCommitment'
import { type ChainHarness, word } from './chainHarness.ts'

export const MAX_MINERS = 4
const TOKEN = 10n ** 18n

/** A run that nobody has to train: what commands look up, give to and vote for. */
export const runParamsOfTests: RunParams = {
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
  minerStake: 10n * TOKEN,
  validatorStake: 10n * TOKEN,
  validatorWeightCap: 100n * TOKEN,
  epochPot: 1_000n * TOKEN,
  minerShareBps: 4_100,
  validatorShareBps: 4_100,
  maxBlobBytes: 10_000,
}

/** An operator with a hot key of its own. */
export class TestMember {
  readonly name: string
  readonly operator: Hex
  readonly #harness: ChainHarness
  readonly #cold: TransactionSender
  readonly #hot: TransactionSender
  readonly #run: bigint

  private constructor(
    name: string,
    harness: ChainHarness,
    run: bigint,
    cold: TransactionSender,
    hot: TransactionSender,
  ) {
    this.name = name
    this.operator = lowerHex(cold.address)
    this.#harness = harness
    this.#run = run
    this.#cold = cold
    this.#hot = hot
  }

  static async make(harness: ChainHarness, run: bigint, name: string): Promise<TestMember> {
    return new TestMember(name, harness, run, await harness.sender(name), await harness.sender(`${name} hot`))
  }

  /** Bonds a stake that the holder gives, names the hot key, and joins. */
  async join(holder: TransactionSender, role: 'miner' | 'validator', stake: bigint): Promise<void> {
    const harness = this.#harness
    const { deployment } = harness.chain
    const run = this.#run
    await harness.send(holder, transfer(deployment, { to: this.#cold.address, amount: stake }))
    const join = role === 'miner' ? joinAsMiner(deployment, { run }) : joinAsValidator(deployment, { run, stake })
    await harness.send(this.#cold, approve(deployment, { spender: deployment.stakeVault, amount: stake }))
    await harness.send(this.#cold, deposit(deployment, { operator: this.operator, amount: stake }))
    await harness.send(this.#cold, setDelegate(deployment, { delegate: this.#hot.address }))
    await harness.send(this.#cold, allowManager(deployment, { manager: deployment.runCoordinator, allowed: true }))
    await harness.send(this.#cold, join)
  }

  commit(round: bigint): Promise<Receipt> {
    const commitment = contributionCommitment({ ...this.#opening(round), miner: this.operator })
    return this.#act(commit(this.#harness.chain.deployment, { run: this.#run, round, commitment }))
  }

  reveal(round: bigint): Promise<Receipt> {
    return this.#act(reveal(this.#harness.chain.deployment, this.#opening(round)))
  }

  propose(round: RoundState, included: bigint): Promise<Receipt> {
    return this.#act(propose(this.#harness.chain.deployment, this.#ballot(round, included)))
  }

  attest(round: RoundState, included: bigint): Promise<Receipt> {
    return this.#act(attest(this.#harness.chain.deployment, this.#ballot(round, included)))
  }

  refuse({ id, attempt }: RoundState): Promise<Receipt> {
    return this.#act(refuse(this.#harness.chain.deployment, { run: this.#run, round: id, attempt }))
  }

  commitScores(epoch: bigint, scores: readonly number[]): Promise<Receipt> {
    const opening = this.#scores(epoch, scores)
    const commitment = scoreCommitment({ ...opening, validator: this.operator })
    return this.#act(commitScores(this.#harness.chain.deployment, { run: this.#run, epoch, commitment }))
  }

  revealScores(epoch: bigint, scores: readonly number[]): Promise<Receipt> {
    const opening = this.#scores(epoch, scores)
    return this.#act(revealScores(this.#harness.chain.deployment, { ...opening, scores: bytesToHex(opening.scores) }))
  }

  #act(request: Parameters<TransactionSender['send']>[0]): Promise<Receipt> {
    return this.#harness.send(this.#hot, request)
  }

  #opening(round: bigint) {
    const tag = `${this.name} ${round}`
    const [contributionRoot, digest, salt] = [word(`root ${tag}`), word(`digest ${tag}`), word(`salt ${tag}`)]
    return { run: this.#run, round, contributionRoot, digest, size: 1_000n, salt }
  }

  #ballot({ id, attempt }: RoundState, included: bigint) {
    return { run: this.#run, round: id, attempt, included, nextRoot: word(`state ${id}`) }
  }

  #scores(epoch: bigint, scores: readonly number[]) {
    const vector = Uint16Array.from({ length: MAX_MINERS }, (_, slot) => scores[slot] ?? 0)
    const tag = `${this.name} epoch ${epoch}`
    const [receiptsDigest, salt] = [word(`receipts ${tag}`), word(`salt ${tag}`)]
    return { run: this.#run, epoch, scores: encodeScores(vector), receiptsDigest, receiptsSize: 500n, salt }
  }
}
