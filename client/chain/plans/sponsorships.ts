// What plans about the money of runs in the reward escrow share: the sponsorship they are about, the tokens that are
// given, and in words which epochs a budget pays.

import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import { approve } from '../actions/approve.ts'
import { getAllowance } from '../actions/getAllowance.ts'
import { getSponsorship, type Sponsorship } from '../actions/getSponsorship.ts'
import { getTokenBalance } from '../actions/getTokenBalance.ts'
import type { Chain } from '../clients.ts'
import type { TransactionRequest } from '../request.ts'
import type { ReadOptions } from '../rpc.ts'
import { type RunOf, runText } from './runs.ts'
import { amountText, type CountedToken, type KnownToken } from './tokenAmounts.ts'

/** A sponsorship as the contracts name it. */
export interface SourceOf extends RunOf {
  readonly source: bigint
}

/** Errors: `sponsor/unknown`. */
export async function sponsorshipAt(chain: Chain, of: SourceOf, at: ReadOptions): Promise<Sponsorship> {
  const found = await getSponsorship(chain, of, at)
  if (found !== undefined) return found
  throw new TesseraError('sponsor/unknown', `${runText(chain, of)} has no sponsorship ${of.source}`, {
    hint: 'Sponsorships of a run are numbered from 1',
    context: { ...of },
  })
}

/** Errors: `sponsor/unknown`, `sponsor/not-yours`. */
export async function ownSponsorship(chain: Chain, of: SourceOf, account: Hex, at: ReadOptions): Promise<Sponsorship> {
  const found = await sponsorshipAt(chain, of, at)
  if (sameHex(found.sponsor, account)) return found
  throw new TesseraError('sponsor/not-yours', `sponsorship ${of.source} is of ${found.sponsor}, not of ${account}`, {
    hint: 'Only its sponsor takes money back',
    context: { ...of, sponsor: found.sponsor },
  })
}

export interface Gift {
  readonly owner: Hex
  readonly token: CountedToken
  /** In units of the token. */
  readonly amount: bigint
}

/**
 * What has to be sent before the reward escrow can take tokens, and what the giver keeps.
 * @throws `sponsor/too-few-tokens`
 */
export async function prepareGift(
  chain: Chain,
  { owner, token: known, amount }: Gift,
  at: ReadOptions,
): Promise<{ readonly approvals: readonly TransactionRequest[]; readonly left: bigint }> {
  const { token } = known
  const spender = chain.deployment.rewardEscrow
  const [balance, allowance] = await Promise.all([
    getTokenBalance(chain, { account: owner, token }, at),
    getAllowance(chain, { owner, spender, token }, at),
  ])
  if (balance < amount)
    throw new TesseraError(
      'sponsor/too-few-tokens',
      `${owner} holds ${amountText(balance, known)}, not ${amountText(amount, known)}`,
      { hint: 'Give less, or from another account', context: { balance, amount, token } },
    )
  const left = balance - amount
  if (allowance >= amount) return { approvals: [], left }
  // For this amount only. Some tokens refuse to change an allowance that is not zero.
  const amounts = allowance === 0n || known.native ? [amount] : [0n, amount]
  return { approvals: amounts.map((value) => approve(chain.deployment, { spender, amount: value, token })), left }
}

/** The first epoch that a sponsorship has no pot in any more. */
export function endOf({ first, budget, perEpoch }: Pick<Sponsorship, 'first' | 'budget' | 'perEpoch'>): bigint {
  return first + (budget + perEpoch - 1n) / perEpoch
}

/** `10 USDC for each of the epochs 5 to 14, and 3 USDC for epoch 15`. */
export function paysText(of: Pick<Sponsorship, 'first' | 'budget' | 'perEpoch'>, token: KnownToken): string {
  const { first, budget, perEpoch } = of
  const [whole, rest] = [budget / perEpoch, budget % perEpoch]
  const last = rest === 0n ? '' : `${amountText(rest, token)} for epoch ${first + whole}`
  if (whole === 0n) return last === '' ? 'nothing' : last
  const epochs = whole === 1n ? `epoch ${first}` : `each of the ${whole} epochs ${first} to ${first + whole - 1n}`
  return `${amountText(perEpoch, token)} for ${epochs}${last === '' ? '' : `, and ${last}`}`
}
