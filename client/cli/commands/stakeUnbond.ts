// `tessera stake unbond`: stake of the wallet begins to leave a pool, with a ticket.

import { getPool } from '@tessera/chain/actions/getPool'
import { getPosition } from '@tessera/chain/actions/getPosition'
import { getTicket } from '@tessera/chain/actions/getTicket'
import { getUnbondingSeconds } from '@tessera/chain/actions/getUnbondingSeconds'
import { requestUnbond } from '@tessera/chain/actions/requestUnbond'
import { pinned } from '@tessera/chain/pin'
import { sharesWorth } from '@tessera/chain/poolShares'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { defineCommand, type Scene, writeLine } from '../command.ts'
import { poolOption } from '../operator.ts'
import { moment, span, tokens } from '../texts.ts'
import { amountOption, type Desk, moneyOptions, openDesk, type Plan, transact } from '../transact.ts'

const { amount } = amountOption('Stake to take out')

export const stakeUnbond = defineCommand({
  name: 'stake unbond',
  summary: 'Starts to take stake of the wallet out of a pool; `stake withdraw` pays it once its delay has passed.',
  options: {
    amount: { ...amount, required: false },
    all: {
      flag: 'all',
      env: 'TESSERA_ALL',
      type: 'boolean',
      description: 'Take out all that the wallet has there, instead of an amount',
    },
    ...poolOption,
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const operator = options.operator ?? desk.account.address
    const { ticket, ...plan } = await planUnbond(desk, { ...options, operator }, scene)
    await transact(plan, desk, options, scene)
    if (options.dryRun || options.json) return
    const given = await getTicket(desk.chain, { operator, holder: desk.account.address, ticket }, scene)
    if (given !== undefined)
      writeLine(
        scene,
        `ticket ${ticket}: can be withdrawn from ${moment(given.readyAt)} on, with \`tessera stake withdraw\``,
      )
  },
})

/** Errors: `stake/how-much`, `stake/not-enough`. */
export async function planUnbond(
  { chain, account }: Desk,
  options: { readonly operator: Hex; readonly amount?: bigint | undefined; readonly all: boolean },
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan & { readonly ticket: bigint }> {
  const { operator, all } = options
  if (all === (options.amount !== undefined))
    throw new TesseraError('stake/how-much', 'it is not said how much is to be taken out', {
      hint: 'Give either --amount or --all',
    })
  const holder = account.address
  const at = await pinned(chain, { signal })
  const [pool, position, seconds] = await Promise.all([
    getPool(chain, { operator }, at),
    getPosition(chain, { operator, holder }, at),
    getUnbondingSeconds(chain, at),
  ])
  const amount = options.amount ?? position.value
  if (position.shares === 0n || position.value < amount)
    throw notEnough({ operator, holder, amount, held: position.value })
  const shares = all ? position.shares : sharesWorth(pool, amount)
  const ticket = position.nextTicket
  const bondedAfterwards = pool.bonded - amount
  return {
    ticket,
    intent: `Start to unbond ${tokens(amount)} that ${holder} has with the operator ${operator}.`,
    afterwards: [
      `${tokens(position.value - amount)} of the wallet stay bonded there`,
      `ticket ${ticket}, of ${tokens(amount)}, can be withdrawn ${span(seconds)} from now, and cancelled until it is withdrawn`,
    ],
    warnings: [
      'it counts for votes and pay no more, and can be slashed until it is withdrawn',
      ...(pool.locked > bondedAfterwards
        ? ['runs have locked more than will stay bonded: it is paid only once the operator has left enough of them']
        : []),
    ],
    facts: { amount, shares, operator, ticket, readyAfterSeconds: seconds, stakeAfterwards: position.value - amount },
    requests: [requestUnbond(chain.deployment, { operator, shares })],
  }
}

function notEnough(context: { operator: Hex; holder: Hex; amount: bigint; held: bigint }): TesseraError {
  const { operator, holder, amount, held } = context
  return new TesseraError(
    'stake/not-enough',
    `${holder} has ${tokens(held)} bonded with the operator ${operator}, not ${tokens(amount)}`,
    { hint: 'Give a smaller --amount, or --all; --operator names another pool', context },
  )
}
