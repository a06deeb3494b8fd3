// How an amount of pay comes about, in lines each of which follows from those above it: words for what was worked out.

import type { Explained } from '@tessera/chain/explainPayout'
import type { MinerPay, Payout, ValidatorPay } from '@tessera/chain/payout'
import { exactAmount } from '../format/amounts.ts'
import { shortHex, timeText } from '../format/numbers.ts'

/** As the token's contract says of itself. */
export interface TokenWords {
  readonly symbol: string | undefined
  readonly decimals: number | undefined
}

export interface StoryLine {
  readonly name: string
  readonly value: string
  /** What it follows from. */
  readonly from: string
}

export function payoutStory({ payout, openedAt }: Explained, token: TokenWords): readonly StoryLine[] {
  const { miner, validator, share, pot, earned } = payout
  return [
    {
      name: 'Earned of each pot in all',
      value: shareText(payout.totalShare),
      from: payout.quorum
        ? `${payout.finalRounds} of ${payout.roundsPerEpoch} rounds moved the model; ${payout.rounds} were run`
        : 'nobody: fewer than half of the validators’ stake revealed scores',
    },
    ...(miner === null ? [] : minerLines(miner, payout)),
    ...(validator === null ? [] : validatorLines(validator)),
    {
      name: payout.holder === null ? 'Share of the owner' : 'Share of the operator',
      value: shareText(share),
      from: `of the pot of ${tokenText(pot, payout, token)}: ${tokenText(earned, payout, token)}`,
    },
    ...holderLines(payout, openedAt, token),
  ]
}

/** Every digit. */
export function tokenText(amount: bigint, { token }: Pick<Payout, 'token'>, words: TokenWords): string {
  const { symbol, decimals } = words
  if (decimals === undefined) return `${amount} units of ${symbol ?? shortHex(token)}`
  return `${exactAmount(amount, decimals)} ${symbol ?? shortHex(token)}`
}

function minerLines({ scores, median, rank, rankSum, share, activeRounds }: MinerPay, { rounds }: Payout): StoryLine[] {
  const given = scores.map(({ slot, score, counted }) =>
    counted === score ? `${score} by validator ${slot}` : `${score} by validator ${slot}, counts as ${counted}`,
  )
  return [
    {
      name: 'Score',
      value: String(median),
      from: given.length === 0 ? 'nobody scored' : `median by stake of ${given.join('; ')}`,
    },
    {
      name: 'Share as a miner',
      value: shareText(share),
      from: `rank ${rank} of ${rankSum} of all miners; active in ${activeRounds} of ${rounds} rounds`,
    },
  ]
}

function validatorLines({ given, kept, part, share, activeRounds }: ValidatorPay): StoryLine[] {
  return [
    {
      name: 'Share as a validator',
      value: shareText(share),
      from: `its scores sum to ${given}, of which ${kept} agree with the medians; ${part} of ${2n ** 32n - 1n} parts; active in ${activeRounds} rounds`,
    },
  ]
}

function holderLines(payout: Payout, openedAt: bigint, token: TokenWords): StoryLine[] {
  const { holding, holder, operator, commission, earned, amount } = payout
  if (holding === null)
    return [{ name: 'Amount', value: tokenText(amount, payout, token), from: 'all of it is the owner’s' }]
  const { commissionBps, shares, allShares } = holding
  const own = holder === operator ? ', and the commission' : ''
  return [
    {
      name: 'Commission',
      value: tokenText(commission, payout, token),
      from: `${Number(commissionBps) / 100} % of it for the operator; ${tokenText(earned - commission, payout, token)} for holders`,
    },
    {
      name: 'Amount',
      value: tokenText(amount, payout, token),
      from: `${shares} of ${allShares} shares in the second before ${timeText(Number(openedAt))}${own}`,
    },
  ]
}

/** Of 2^64, in percent to four digits, rounded down. What is paid is worked out from the share itself. */
function shareText(share: bigint): string {
  return `${Number((share * 1_000_000n) >> 64n) / 10_000} %`
}
