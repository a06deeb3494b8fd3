// Pay of settled epochs that nobody has claimed yet: in words, and as transactions that a block has room for.

import { type Hex, sameHex } from '@tessera/protocol/hex'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import { claimRewards, type RewardClaim } from '../actions/claimRewards.ts'
import { claimRewardsMany } from '../actions/claimRewardsMany.ts'
import type { Deployment } from '../addresses.ts'
import type { TransactionRequest } from '../request.ts'
import { amountText, type KnownToken } from './tokenAmounts.ts'

/** Epochs that are claimed in a transaction: 45 000 gas each at most. */
const EPOCHS_OF_A_CALL = 64
/** Transactions at once. */
export const MAX_CALLS = 10
const GAS_OF_A_CALL = 120_000n
const GAS_OF_AN_EPOCH = 70_000n

/** Epochs of one source with something to claim. */
export interface Due extends RewardClaim {
  readonly token: KnownToken
  /** In units of the token, of each of the epochs. */
  readonly amounts: readonly bigint[]
}

/** One token a transaction: one that refuses to move keeps nothing else back. */
export function batchesOf(dues: readonly Due[]): readonly (readonly Due[])[] {
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

export function requestOf(deployment: Deployment, batch: readonly Due[]): TransactionRequest {
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

export function dueText(due: Due): string {
  const { run, source, holder, epochs, token } = due
  const role = holder === ZERO_ADDRESS ? ', as its owner' : ''
  return `of ${sourceText(source)} of run ${run}, ${epochsText(epochs)}${role}: ${amountText(amountOf(due), token)}`
}

/** Whether the holder itself is paid: an operator, also as the owner of a run, is paid where it said. */
export function isDirect({ operator, holder }: Pick<RewardClaim, 'operator' | 'holder'>): boolean {
  return holder !== ZERO_ADDRESS && !sameHex(holder, operator)
}

export function amountOf({ amounts }: Due): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n)
}

/** `12.5 TSRA, 3 USDC`: what dues come to in each token. */
export function totalText(dues: readonly Due[]): string {
  return totalsOf(dues)
    .map(({ token, amount }) => amountText(amount, token))
    .join(', ')
}

export function totalsOf(dues: readonly Due[]): readonly { readonly token: KnownToken; readonly amount: bigint }[] {
  const totals = new Map<Hex, { token: KnownToken; amount: bigint }>()
  for (const due of dues) {
    const { token } = due
    totals.set(token.token, { token, amount: (totals.get(token.token)?.amount ?? 0n) + amountOf(due) })
  }
  return [...totals.values()]
}

/** `epochs 3 to 7, 9`. */
export function epochsText(epochs: readonly bigint[]): string {
  const spans: { first: bigint; last: bigint }[] = []
  for (const epoch of epochs) {
    const span = spans.at(-1)
    if (span !== undefined && span.last + 1n === epoch) span.last = epoch
    else spans.push({ first: epoch, last: epoch })
  }
  const texts = spans.map(({ first, last }) => (first === last ? `${first}` : `${first} to ${last}`))
  return `${epochs.length === 1 ? 'epoch' : 'epochs'} ${texts.join(', ')}`
}

/** `the grant`, `sponsorship 3`. */
export function sourceText(source: bigint): string {
  return source === 0n ? 'the grant' : `sponsorship ${source}`
}
