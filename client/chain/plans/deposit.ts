// A deposit into a pool, the wallet's own or another operator's: what it needs, and what its holder must know first. Approves
// exactly the amount, if need be.

import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import { approve } from '../actions/approve.ts'
import { deposit } from '../actions/deposit.ts'
import { getAllowance } from '../actions/getAllowance.ts'
import { getCommission } from '../actions/getCommission.ts'
import { getPledge } from '../actions/getPledge.ts'
import { getPool } from '../actions/getPool.ts'
import { getPosition } from '../actions/getPosition.ts'
import { getTokenBalance } from '../actions/getTokenBalance.ts'
import { getUnbondingSeconds } from '../actions/getUnbondingSeconds.ts'
import type { Chain } from '../clients.ts'
import { pinned } from '../pin.ts'
import type { ReadOptions } from '../rpc.ts'
import type { Desk, Plan } from './plan.ts'
import { commissionText, lockableOf } from './pools.ts'
import { span, tokens } from './texts.ts'

interface Deposit {
  readonly operator: Hex
  /** Wei. */
  readonly amount: bigint
}

/** Errors: `stake/too-few-tokens`. */
export async function planDeposit(
  { chain, account }: Desk,
  { operator, amount }: Deposit,
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<Plan> {
  const { deployment } = chain
  const owner = account.address
  const spender = deployment.stakeVault
  const at = await pinned(chain, { signal })
  const [balance, allowance] = await Promise.all([
    getTokenBalance(chain, { account: owner }, at),
    getAllowance(chain, { owner, spender }, at),
  ])
  if (balance < amount) throw tooFewTokens(owner, balance, amount)
  const words = sameHex(operator, owner)
    ? await ownDeposit(chain, { operator, amount }, at)
    : await delegation(chain, owner, { operator, amount }, at)
  return {
    ...words,
    afterwards: [...words.afterwards, `the wallet holds ${tokens(balance - amount)}`],
    facts: { amount, operator, ...words.facts, tokensAfterwards: balance - amount },
    requests: [
      // For this amount only, so that nothing can be taken later.
      ...(allowance < amount ? [approve(deployment, { spender, amount })] : []),
      deposit(deployment, { operator, amount }),
    ],
  }
}

async function ownDeposit(
  chain: Chain,
  { operator, amount }: Deposit,
  at: ReadOptions,
): Promise<Omit<Plan, 'requests'>> {
  const pool = await getPool(chain, { operator }, at)
  const bondedAfterwards = pool.bonded + amount
  const free = lockableOf({ ...pool, bonded: bondedAfterwards })
  return {
    intent: `Deposit ${tokens(amount)} from ${operator} as stake of the operator ${operator}.`,
    afterwards: [`the operator has ${tokens(bondedAfterwards)} bonded, of which ${tokens(free)} are free`],
    facts: { bondedAfterwards },
  }
}

async function delegation(
  chain: Chain,
  holder: Hex,
  { operator, amount }: Deposit,
  at: ReadOptions,
): Promise<Omit<Plan, 'requests'>> {
  const manager = chain.deployment.runCoordinator
  const [pool, position, own, commission, pledge, seconds] = await Promise.all([
    getPool(chain, { operator }, at),
    getPosition(chain, { operator, holder }, at),
    getPosition(chain, { operator, holder: operator }, at),
    getCommission(chain, { operator }, at),
    getPledge(chain, { operator, manager }, at),
    getUnbondingSeconds(chain, at),
  ])
  const stakeAfterwards = position.value + amount
  const bondedAfterwards = pool.bonded + amount
  const foreign = pool.locked - pledge.locked
  return {
    intent: `Delegate ${tokens(amount)} from ${holder} to the operator ${operator}.`,
    afterwards: [
      `the wallet has ${tokens(stakeAfterwards)} in its pool of ${tokens(bondedAfterwards)} bonded; the operator’s own part is ${tokens(own.value)}`,
    ],
    warnings: [
      `the operator’s commission is ${commissionText(commission)}: it keeps that part of its rewards`,
      'rewards do not enter the pool: each holder claims its own, of epochs that open after this',
      'a slash takes the same part of all stake in the pool, of this too, and of stake that unbonds until it is withdrawn',
      `leaving takes ${span(seconds)} from when it is asked for, and longer if it is locked in runs then`,
      ...(foreign > 0n
        ? [`coordinators other than that of this deployment have locked ${tokens(foreign)}, and can slash it`]
        : []),
      ...(pool.locked > pool.bonded ? ['the operator is short: others wait for stake that is locked in runs'] : []),
    ],
    facts: {
      bondedAfterwards,
      stakeAfterwards,
      operatorsOwn: own.value,
      commissionBps: commission.bps,
      pendingCommission: commission.pending,
      unbondingSeconds: seconds,
    },
  }
}

function tooFewTokens(owner: string, balance: bigint, amount: bigint): TesseraError {
  return new TesseraError('stake/too-few-tokens', `${owner} holds ${tokens(balance)}, not ${tokens(amount)}`, {
    hint: 'Deposit less, or from another account',
    context: { balance, amount },
  })
}
