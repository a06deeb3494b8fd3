// Where a run's pay comes from: votes of stake for what the emission mints, and sponsors.

import { approve } from '@tessera/chain/actions/approve'
import { countVotes } from '@tessera/chain/actions/countVotes'
import { payEmission } from '@tessera/chain/actions/payEmission'
import { sponsor } from '@tessera/chain/actions/sponsor'
import { topUpSponsorship } from '@tessera/chain/actions/topUpSponsorship'
import { vote } from '@tessera/chain/actions/vote'
import type { Hex } from '@tessera/protocol/hex'
import { type GasChain, PERIOD_SECONDS } from './chain.ts'
import { bond, TOKEN } from './run.ts'

export interface FundingGas {
  readonly vote: number
  /** Of one position, before and after others of the period. */
  readonly countFirst: number
  readonly countAgain: number
  readonly pay: number
  readonly sponsorFirst: number
  readonly sponsorAgain: number
  readonly topUp: number
}

/** Two holders vote for a run over two periods of the emission, before which a chain has to be. Then a sponsor comes twice. */
export async function measureFunding(gas: GasChain, run: bigint): Promise<FundingGas> {
  const { deployment } = gas.chain
  const { runCoordinator: manager, token } = deployment
  const choices = [{ manager, run, bps: 10_000 }]
  const [first, second] = [await gas.account('first voter'), await gas.account('second voter')]
  for (const voter of [first, second]) await bond(gas, voter, 1_000n * TOKEN)
  const cast = (voter: Hex) => gas.send(voter, vote(deployment, { choices }))
  const count = (voter: Hex) => gas.send(voter, countVotes(deployment, { holder: voter, operators: [voter] }))

  await cast(first)
  await cast(second)
  await gas.pass(PERIOD_SECONDS)
  const countFirst = await count(first)
  await count(second)
  const voted = await cast(first)
  await gas.pass(PERIOD_SECONDS)
  await count(first)
  const countAgain = await count(second)
  const pay = (period: bigint) => gas.send(gas.holder, payEmission(deployment, { period, manager, run }))
  await pay(0n)
  await gas.pass(PERIOD_SECONDS)
  const payAgain = await pay(1n)

  await gas.send(gas.holder, approve(deployment, { spender: deployment.rewardEscrow, amount: 1_000n * TOKEN }))
  const terms = { manager, run, token, amount: 100n * TOKEN, perEpoch: TOKEN }
  const sponsorFirst = await gas.send(gas.holder, sponsor(deployment, terms))
  const sponsorAgain = await gas.send(gas.holder, sponsor(deployment, terms))
  const raise = { manager, run, source: 1n, amount: 50n * TOKEN }
  const topUp = await gas.send(gas.holder, topUpSponsorship(deployment, raise))
  return { vote: voted, countFirst, countAgain, pay: payAgain, sponsorFirst, sponsorAgain, topUp }
}
