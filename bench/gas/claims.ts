// Claims of pay that epochs have earned: alone, in batches, with those who delegate stake. In a run that goes on hardly anybody is
// the first: others have claimed of the epoch before, and the claimant has been paid before. That is what "again" means here.

import { approve } from '@tessera/chain/actions/approve'
import { claimRewards, type RewardClaim } from '@tessera/chain/actions/claimRewards'
import { claimRewardsMany } from '@tessera/chain/actions/claimRewardsMany'
import { deposit } from '@tessera/chain/actions/deposit'
import { transfer } from '@tessera/chain/actions/transfer'
import type { Hex } from '@tessera/protocol/hex'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import type { GasChain } from './chain.ts'
import { type GasRun, TOKEN } from './run.ts'

export interface DelegationGas {
  readonly first: number
  readonly again: number
}

/** Accounts that each deposit twice with an operator. */
export async function delegate(
  gas: GasChain,
  operator: Hex,
  names: readonly string[],
): Promise<{ holders: Hex[]; cost: DelegationGas }> {
  const { deployment } = gas.chain
  const holders: Hex[] = []
  let cost = { first: Number.NaN, again: Number.NaN }
  for (const name of names) {
    const holder = await gas.account(name)
    const amount = 10n * TOKEN
    await gas.send(gas.holder, transfer(deployment, { to: holder, amount: 2n * amount }))
    // A token of the allowance and of the balance is left, as with one who goes on delegating.
    await gas.send(holder, approve(deployment, { spender: deployment.stakeVault, amount: 3n * amount }))
    const first = await gas.send(holder, deposit(deployment, { operator, amount }))
    const again = await gas.send(holder, deposit(deployment, { operator, amount: amount / 2n }))
    cost = { first, again }
    holders.push(holder)
  }
  return { holders, cost }
}

export interface ClaimGas {
  /** Nobody has claimed of the epoch, and the claimant has no tokens. */
  readonly firstEver: number
  readonly firstOfEpoch: number
  readonly again: number
  readonly validatorAgain: number
  readonly delegatorAgain: number
  readonly ownerAgain: number
  /** Several epochs in one claim, for each of them. */
  readonly epochOfBatch: number
  /** An operator and those who delegate to it, several epochs each, for each of them and each epoch. */
  readonly claimOfMany: number
}

/**
 * @param delegators of the run's first miner.
 * @param epochs that are settled, four at least; none of which anything was claimed.
 */
export async function measureClaims(
  gas: GasChain,
  run: GasRun,
  delegators: readonly Hex[],
  epochs: number,
): Promise<ClaimGas> {
  const { deployment } = gas.chain
  const [pool, early, other] = run.miners.map(({ operator }) => operator)
  const [validator] = run.validators
  const [delegator] = delegators
  if (pool === undefined || early === undefined || other === undefined) throw new TypeError('a run of three miners')
  if (validator === undefined || delegator === undefined) throw new TypeError('a run with a validator and a delegator')
  const claim = (operator: Hex, holder: Hex, ...numbers: readonly number[]): RewardClaim => {
    const manager = deployment.runCoordinator
    return { manager, run: run.id, source: 0n, operator, holder, epochs: numbers.map(BigInt) }
  }
  const send = (what: RewardClaim) => gas.send(gas.holder, claimRewards(deployment, what))
  const rest = Array.from({ length: epochs - 2 }, (_, i) => i + 3)

  const firstEver = await send(claim(early, early, 1))
  const firstOfEpoch = await send(claim(early, early, 2))
  await send(claim(early, early, ...rest))
  // After it has been paid once, and others have been paid of the epoch.
  const again = async (operator: Hex, holder: Hex): Promise<number> => {
    await send(claim(operator, holder, 1))
    return send(claim(operator, holder, 2))
  }
  const single = {
    again: await again(other, other),
    validatorAgain: await again(validator.operator, validator.operator),
    delegatorAgain: await again(pool, delegator),
    ownerAgain: await again(gas.holder, ZERO_ADDRESS),
  }
  const batch = await send(claim(other, other, ...rest))
  for (const holder of [pool, ...delegators.slice(1)]) await send(claim(pool, holder, 1))
  const many = [pool, ...delegators].map((holder) => claim(pool, holder, ...rest))
  const all = await gas.send(gas.holder, claimRewardsMany(deployment, { claims: many }))
  return {
    firstEver,
    firstOfEpoch,
    ...single,
    epochOfBatch: batch / rest.length,
    claimOfMany: all / (many.length * rest.length),
  }
}
