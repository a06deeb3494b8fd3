// A deposit into a pool, the wallet's own or another operator's: what it needs, and what its holder must know first. Approves
// exactly the amount, if need be.

import { approve } from '@tessera/chain/actions/approve'
import { deposit } from '@tessera/chain/actions/deposit'
import { getAllowance } from '@tessera/chain/actions/getAllowance'
import { getCommission } from '@tessera/chain/actions/getCommission'
import { getPledge } from '@tessera/chain/actions/getPledge'
import { getPool } from '@tessera/chain/actions/getPool'
import { getPosition } from '@tessera/chain/actions/getPosition'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import { getUnbondingSeconds } from '@tessera/chain/actions/getUnbondingSeconds'
import type { Chain } from '@tessera/chain/clients'
import { pinned } from '@tessera/chain/pin'
import type { ReadOptions } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { Scene } from './command.ts'
import { commissionText, lockableOf } from './pools.ts'
import { span, tokens } from './texts.ts'
import type { Desk, Plan } from './transact.ts'

interface Deposit {
  readonly operator: Hex
  /** Wei. */
  readonly amount: bigint
}

/** Errors: `stake/too-few-tokens`. */
export async function planDeposit(
  { chain, account }: Desk,
  { operator, amount }: Deposit,
  { signal }: Pick<Scene, 'signal'>,
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
  const words =
    operator === owner
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
      'rewards do not enter the pool: each holder claims its own, of epochs that open after this (`tessera claim`)',
      'a slash takes the same part of all stake in the pool, of this too, and of stake that unbonds until it is withdrawn',
      `leaving takes ${span(seconds)} from when it is asked for (\`tessera stake unbond\`), and longer if it is locked in runs then`,
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
    hint: 'Deposit less, or give --wallet with another wallet',
    context: { balance, amount },
  })
}
