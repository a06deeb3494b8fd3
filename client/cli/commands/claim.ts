// `tessera claim`: pay of settled epochs that nobody has claimed yet goes to who has earned it.

import { claimRewards } from '@tessera/chain/actions/claimRewards'
import { claimRewardsMany } from '@tessera/chain/actions/claimRewardsMany'
import { getOperator } from '@tessera/chain/actions/getOperator'
import { getRunCount } from '@tessera/chain/actions/getRunCount'
import { getStake } from '@tessera/chain/actions/getStake'
import type { Deployment } from '@tessera/chain/addresses'
import type { Chain } from '@tessera/chain/clients'
import { pinned } from '@tessera/chain/pin'
import type { TransactionRequest } from '@tessera/chain/request'
import type { ReadOptions } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import {
  amountOf,
  type Due,
  type EpochRange,
  epochsText,
  lookForDues,
  type PayQuery,
  parseEpochs,
  parseSources,
  payOptions,
  sourceText,
  totalsOf,
  totalText,
} from '../claims.ts'
import { defineCommand, type Scene } from '../command.ts'
import { NO_ONE, operatorOption } from '../operator.ts'
import { checkRun } from '../runs.ts'
import { amountText, tokenWarnings } from '../tokenAmounts.ts'
import { type Desk, moneyOptions, openDesk, type Plan, transact } from '../transact.ts'

/** Epochs that are claimed in a transaction: 45 000 gas each at most. */
const EPOCHS_OF_A_CALL = 64
/** Transactions at once. */
const MAX_CALLS = 10
/** Runs that are looked at, the newest ones. */
const MAX_RUNS = 50n
const GAS_OF_A_CALL = 120_000n
const GAS_OF_AN_EPOCH = 70_000n

export const holderOption = {
  holder: {
    flag: 'holder',
    env: 'TESSERA_HOLDER',
    type: 'address',
    description:
      'Whose part of the operator’s pool it is; the operator’s own if the wallet is or acts for it, else the wallet’s',
  },
} as const

export const claim = defineCommand({
  name: 'claim',
  summary:
    'Has an operator, a holder of its pool or the owner of a run paid what they have earned; anyone may, for anyone.',
  options: { ...payOptions, ...operatorOption, ...holderOption, ...moneyOptions },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { account } = desk
    await transact(await planClaim(desk, { ...options, wallet: account.address }, scene), desk, options, scene)
  },
})

export interface ClaimOptions {
  readonly run?: number | undefined
  readonly sources?: readonly string[] | undefined
  readonly epochs?: string | undefined
  readonly operator?: Hex | undefined
  readonly holder?: Hex | undefined
  /** Whoever asks. */
  readonly wallet: Hex
}

/** Errors: `claim/nothing`, `claim/bad-range`, `claim/bad-source`, `run/unknown`. */
export async function planClaim(
  { chain, account }: Desk,
  options: ClaimOptions,
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const at = await pinned(chain, { signal })
  const { query, unseen: runsUnseen } = await queryOf(chain, options, at)
  const { operator, holder } = query
  const { dues, unseen } = await lookForDues(chain, query, at)
  if (dues.length === 0) throw nothingToClaim(query, [...runsUnseen, ...unseen])
  const { payout } = await getStake(chain, { operator }, at)
  const direct = !sameHex(holder, operator)
  const to = direct ? holder : payout
  const batches = batchesOf(dues)
  const taken = batches.slice(0, MAX_CALLS)
  const claimed = taken.flat()
  const left = batches.slice(MAX_CALLS).flat()
  return {
    intent: `Claim ${totalText(claimed)} that ${direct ? `${holder} has earned with the operator ${operator}` : `${operator} has earned`}.`,
    afterwards: [
      ...totalsOf(claimed).map(({ token, amount }) => `${to} has ${amountText(amount, token)} more`),
      ...claimed.map(dueText),
    ],
    warnings: [
      ...(sameHex(to, account.address) ? [] : ['the wallet pays for the gas and gets nothing of it']),
      ...(left.length > 0 ? [`${totalText(left)} are left: call it again after this`] : []),
      ...totalsOf(claimed).flatMap(({ token }) => tokenWarnings(token)),
      ...runsUnseen,
      ...unseen,
    ],
    facts: { operator, holder, to, totals: totalsOf(claimed), claims: claimed, left: totalsOf(left) },
    requests: taken.map((batch) => requestOf(chain.deployment, batch)),
  }
}

/** Whose pay of which runs is asked for. */
export async function queryOf(
  chain: Chain,
  options: ClaimOptions,
  at: ReadOptions,
): Promise<{ readonly query: PayQuery; readonly unseen: readonly string[] }> {
  const { wallet } = options
  const epochs: EpochRange | undefined = options.epochs === undefined ? undefined : parseEpochs(options.epochs)
  const sources = options.sources === undefined ? undefined : parseSources(options.sources)
  const own = (await getOperator(chain, { account: wallet }, at)) ?? wallet
  const operator = options.operator ?? own
  // Who acts for an operator asks for what the operator is paid; anyone else has a part of its pool, if any.
  const holder = options.holder ?? (sameHex(operator, own) ? operator : wallet)
  const { runs, unseen } = await runsOf(chain, options.run, at)
  return { query: { operator, holder, runs, sources, epochs }, unseen }
}

async function runsOf(
  chain: Chain,
  run: number | undefined,
  at: ReadOptions,
): Promise<{ readonly runs: readonly bigint[]; readonly unseen: readonly string[] }> {
  if (run !== undefined) {
    await checkRun(chain, { manager: chain.deployment.runCoordinator, run: BigInt(run) }, at)
    return { runs: [BigInt(run)], unseen: [] }
  }
  const count = await getRunCount(chain, at)
  const first = count > MAX_RUNS ? count - MAX_RUNS + 1n : 1n
  const runs = Array.from({ length: Number(count - first + 1n) }, (_, index) => first + BigInt(index))
  return { runs, unseen: first > 1n ? [`runs before ${first} were not looked at; --run names one of them`] : [] }
}

/** One token a transaction: one that refuses to move keeps nothing else back. */
function batchesOf(dues: readonly Due[]): readonly (readonly Due[])[] {
  return totalsOf(dues).flatMap(({ token }) => {
    const batches: Due[][] = []
    let room = 0
    for (const due of dues.filter((other) => other.token.token === token.token).flatMap(inParts)) {
      if (due.epochs.length > room) {
        batches.push([])
        room = EPOCHS_OF_A_CALL
      }
      batches.at(-1)?.push(due)
      room -= due.epochs.length
    }
    return batches
  })
}

/** Parts that fit a transaction. */
function inParts(due: Due): readonly Due[] {
  const parts: Due[] = []
  for (let from = 0; from < due.epochs.length; from += EPOCHS_OF_A_CALL) {
    const epochs = due.epochs.slice(from, from + EPOCHS_OF_A_CALL)
    parts.push({ ...due, epochs, amounts: due.amounts.slice(from, from + EPOCHS_OF_A_CALL) })
  }
  return parts
}

function requestOf(deployment: Deployment, batch: readonly Due[]): TransactionRequest {
  const claims = batch.map(({ manager, run, source, operator, holder, epochs }) => ({
    ...{ manager, run, source, operator, holder, epochs },
  }))
  const [first] = claims
  const request =
    claims.length === 1 && first !== undefined
      ? claimRewards(deployment, first)
      : claimRewardsMany(deployment, { claims })
  const epochs = claims.reduce((sum, entry) => sum + BigInt(entry.epochs.length), 0n)
  return { ...request, gas: GAS_OF_A_CALL + GAS_OF_AN_EPOCH * epochs }
}

function dueText(due: Due): string {
  const { run, source, holder, epochs, token } = due
  const role = holder === NO_ONE ? ', as its owner' : ''
  return `of ${sourceText(source)} of run ${run}, ${epochsText(epochs)}${role}: ${amountText(amountOf(due), token)}`
}

function nothingToClaim({ operator, holder }: PayQuery, unseen: readonly string[]): TesseraError {
  const who = sameHex(operator, holder) ? operator : `${holder} with the operator ${operator}`
  const hint =
    'Pay can be claimed when an epoch is settled; --operator names another operator, `tessera claim explain` says why'
  return new TesseraError('claim/nothing', `${who} has nothing to claim`, {
    hint: [hint, ...unseen].join('; '),
    context: { operator, holder },
  })
}
