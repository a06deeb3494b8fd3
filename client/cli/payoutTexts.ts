// An amount of pay, explained in lines for people: each line follows from those above it.

import type { Comparison } from '@tessera/chain/explainPayout'
import type { MinerPay, Payout, RoundOfPay, ValidatorPay } from '@tessera/chain/payout'
import { sourceText } from '@tessera/chain/plans/dues'
import { moment, percent, tokens } from '@tessera/chain/plans/texts'
import { amountText, type KnownToken } from '@tessera/chain/plans/tokenAmounts'
import { amountOfShare } from './shareTexts.ts'
import { table } from './texts.ts'

type Row = readonly [name: string, text: string]

/** @param openedAt unix seconds. */
export function payoutTexts(
  payout: Payout,
  token: KnownToken,
  openedAt: bigint,
  comparisons: readonly Comparison[],
): readonly string[] {
  const { run, epoch, operator, source, pot, earned, amount, miner, validator } = payout
  const rows: Row[] = [
    [
      'payout',
      `${amountText(amount, token)} of ${sourceText(source)} of run ${run}, epoch ${epoch}, for ${whoText(payout)}`,
    ],
    ['pot', amountText(pot, token)],
    ['earned', earnedText(payout)],
    ...(miner === null ? [] : minerRows(miner, payout)),
    ...(validator === null ? [] : validatorRows(validator, payout)),
    ['share', `${shareText(payout.share)} of the pot: ${amountText(earned, token)}`],
    ...holderRows(payout, token, openedAt, operator),
    ...payout.evidence.flatMap((round) => roundRows(round, miner !== null)),
    ...comparisons.map(comparisonRow),
  ]
  return table(rows)
}

function whoText({ operator, holder }: Payout): string {
  if (holder === null) return `${operator} as the run’s owner`
  return holder === operator ? `the operator ${operator}` : `${holder}, who holds shares with the operator ${operator}`
}

function earnedText({ rounds, finalRounds, roundsPerEpoch, totalShare, quorum }: Payout): string {
  if (!quorum) return 'nothing: fewer than half of the validators’ weight revealed scores'
  return `${finalRounds} of ${roundsPerEpoch} rounds moved the model (${rounds} were run): ${shareText(totalShare)} of each pot in all`
}

function minerRows({ slot, activeRounds, median, scores, rank, rankSum, share }: MinerPay, { rounds }: Payout): Row[] {
  return [
    ['miner', `slot ${slot}, active in ${activeRounds} of ${rounds} rounds`],
    ...scores.flatMap((score): Row[] => {
      const clipped = score.counted === score.score ? '' : `, counts as ${score.counted}`
      return [
        [
          'score',
          `${score.score} by validator ${score.slot} with ${tokens(score.weight)}${clipped}; ${score.operator}`,
        ],
        ['', receiptsText(score)],
      ]
    }),
    ['median', `${median}, by weight`],
    ['rank', `${rank} of ${rankSum} of all miners: ${shareText(share)} of each pot`],
  ]
}

function validatorRows(pay: ValidatorPay, { rounds }: Payout): Row[] {
  const { slot, activeRounds, weight, given, kept, part, share } = pay
  return [
    ['validator', `slot ${slot} with ${tokens(weight)}, active in ${activeRounds} of ${rounds} rounds`],
    ['agreement', `its scores sum to ${given}, clipped to the medians to ${kept}; ${receiptsText(pay)}`],
    ['part', `${part} of ${2n ** 32n - 1n} of what validators share: ${shareText(share)} of each pot`],
  ]
}

function receiptsText({ receiptsDigest, receiptsSize }: Pick<ValidatorPay, 'receiptsDigest' | 'receiptsSize'>): string {
  return `receipts ${receiptsDigest}, ${receiptsSize} bytes`
}

function holderRows(payout: Payout, token: KnownToken, openedAt: bigint, operator: string): Row[] {
  const { holding, holder, commission, earned, amount } = payout
  if (holding === null) return []
  const { commissionBps, shares, allShares } = holding
  const kept = `${percent(commissionBps)}: ${amountText(commission, token)} for the operator, ${amountText(earned - commission, token)} for holders`
  const part = `${shares} of ${allShares} shares in the second before the epoch opened at ${moment(openedAt)}`
  return [
    ['commission', kept],
    ['holder', `${part}${holder === operator ? ', and the commission' : ''}: ${amountText(amount, token)}`],
  ]
}

const HOW = { final: 'moved the model', undone: 'rolled back: it was refuted, or one before it' } as const

function roundRows({ round, trainSeed, testSeed, end, contributions }: RoundOfPay, own: boolean): Row[] {
  const how = end === null ? 'open' : end.kind === 'void' ? `void: ${end.reason}` : HOW[end.kind]
  return [
    [`round ${round}`, how],
    ['', `train seed ${trainSeed}`],
    ['', `test seed ${testSeed}`],
    ...(own && contributions.length === 0 ? [['', 'nothing was committed'] as const] : []),
    ...contributions.flatMap(({ slot, revealed, included }): Row[] => {
      const whose = own ? 'contribution' : `contribution of miner ${slot}`
      if (revealed === null) return [['', `${whose}: committed and not revealed`]]
      const { contributionRoot, digest, size } = revealed
      return [
        ['', `${whose}${included ? ', included' : ', not included'}: root ${contributionRoot}`],
        ['', `digest ${digest}, ${size} bytes`],
      ]
    }),
  ]
}

function comparisonRow({ what, computed, found }: Comparison): Row {
  return [
    computed === found ? 'EQUAL' : 'DIFFERS',
    `${what}: ${computed}${computed === found ? ' on the chain, too' : `, on the chain ${found}`}`,
  ]
}

function shareText(share: bigint): string {
  return `${amountOfShare(share)} %`
}
