// A run's parameters in words: by the names of the contracts, and in plain sentences for whoever creates one.

import { percent, span, tokens } from '@tessera/chain/plans/texts'
import type { RunParams } from '@tessera/protocol/events'
import { type Hex, sameHex } from '@tessera/protocol/hex'

/** What is a time, a share or an amount by its name there, is one here. */
export function paramText(name: string, value: unknown, { rewardToken }: RunParams, native: Hex): string {
  const amount = BigInt(typeof value === 'bigint' || typeof value === 'number' ? value : 0)
  if (name === 'minPot' && !sameHex(rewardToken, native)) return `${amount} units of ${rewardToken}`
  if (name.endsWith('Seconds')) return span(amount)
  if (name.endsWith('Bps')) return percent(amount)
  if (/(Stake|Cap|Pot)$/.test(name)) return tokens(amount)
  return String(value)
}

/** What a new run will be, a line each. */
export function runWords(params: RunParams, native: Hex): readonly string[] {
  const { trainSeconds, commitSeconds, revealSeconds, attestSeconds, roundsPerEpoch, maxRounds } = params
  const longest = [trainSeconds, commitSeconds, revealSeconds, params.maxLeaders * attestSeconds]
  const seconds = BigInt(longest.reduce((sum, phase) => sum + phase, 0))
  const miners = BigInt(params.minerShareBps)
  const validators = BigInt(params.validatorShareBps)
  const ends = maxRounds === 0n ? 'for as long as it has members and money' : `until round ${maxRounds}`
  return [
    `a round takes ${span(BigInt(trainSeconds))} of training, ${span(seconds)} in all at most; it runs ${ends}`,
    `an epoch has ${roundsPerEpoch} rounds, then it is scored within ${span(BigInt(params.scoreCommitSeconds + params.scoreRevealSeconds))} and paid`,
    `it takes ${params.minMiners} to ${params.maxMiners} miners with ${tokens(params.minerStake)} each, and ${params.minValidators} to ${params.maxValidators} validators with ${tokens(params.validatorStake)} at least`,
    `of each pot miners share ${percent(miners)}, validators ${percent(validators)}, and you have ${percent(10_000n - miners - validators)}; a round that moves nothing earns nothing`,
    potWords(params, native),
  ]
}

function potWords({ rewardToken, minPot, epochPot }: RunParams, native: Hex): string {
  const grant = `an epoch takes up to ${tokens(epochPot)} of the run’s grants`
  return sameHex(rewardToken, native)
    ? `${grant}, and waits until there are ${tokens(minPot)}`
    : `${grant}, and waits until a sponsorship in the token ${rewardToken} has a pot of ${minPot} units`
}
