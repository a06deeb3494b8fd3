// `tessera vote pay`: a run is granted the new tokens that votes gave it in periods that are over.

import { type EmissionPeriod, getEmission } from '@tessera/chain/actions/getEmission'
import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { getPayable } from '@tessera/chain/actions/getPayable'
import { getTally } from '@tessera/chain/actions/getTally'
import { payEmission } from '@tessera/chain/actions/payEmission'
import { inBatches } from '@tessera/chain/batches'
import type { Chain } from '@tessera/chain/clients'
import { pinned } from '@tessera/chain/pin'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { checkRun, foreignWarnings, type RunOf, runText } from '@tessera/chain/plans/runs'
import { moment, span, tokens } from '@tessera/chain/plans/texts'
import type { ReadOptions } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import { defineCommand, type Scene } from '../command.ts'
import { runOption } from '../network.ts'
import { managerOption } from '../runs.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

/** Periods that are looked at, back from the last one that is over: a request each. */
const LOOKED_AT = 500n
/** Periods that are paid at once: a transaction each. */
const PAID_AT_ONCE = 10

export const votePay = defineCommand({
  name: 'vote pay',
  summary: 'Mints what the votes of past periods gave to a run, and grants it to the run; anyone may do that.',
  options: {
    ...runOption,
    period: {
      flag: 'period',
      env: 'TESSERA_PERIOD',
      type: 'integer',
      min: 0,
      description: `Number of the period; all that can be paid of the last ${LOOKED_AT} if not given, ${PAID_AT_ONCE} at once`,
    },
    ...managerOption,
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { manager = desk.chain.deployment.runCoordinator, period } = options
    const run = BigInt(options.run)
    await transact(await planPay(desk, { manager, run, period }, scene), desk, options, scene)
  },
})

/** Errors: `run/unknown`, `vote/period-open`, `vote/nothing-to-pay`. */
export async function planPay(
  { chain }: Pick<Desk, 'chain'>,
  { manager, run, period }: RunOf & { readonly period: number | undefined },
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const at = await pinned(chain, { signal })
  const of = { manager, run }
  await checkRun(chain, of, at)
  const emission = await getEmission(chain, at)
  const over = emission.begun ? emission.period : 0n
  if (period !== undefined && BigInt(period) >= over) throw periodOpen(BigInt(period), emission)
  const first = over > LOOKED_AT ? over - LOOKED_AT : 0n
  const looked = period === undefined ? periodsFrom(first, over) : [BigInt(period)]
  const found = await inBatches(looked, async (past) => ({
    period: past,
    amount: await getPayable(chain, { ...of, period: past }, at),
  }))
  const due = found.filter(({ amount }) => amount > 0n)
  if (due.length === 0) throw await nothingToPay(chain, { ...of, period: looked[looked.length - 1] }, looked, at)
  const paying = due.slice(0, PAID_AT_ONCE)
  const amount = paying.reduce((sum, entry) => sum + entry.amount, 0n)
  const { granted } = await getNextEpoch(chain, of, at)
  const periods = paying.map((entry) => entry.period)
  return {
    intent: `Mint ${tokens(amount)} that the votes of ${periodsText(periods)} gave to ${runText(chain, of)}, and grant it to the run.`,
    afterwards: [`the run has ${tokens(granted + amount)} of grants for epochs to come`],
    warnings: [
      'the wallet pays for the gas and gets nothing of it',
      ...(due.length > paying.length
        ? [`${due.length - paying.length} more periods can be paid: call it again after this`]
        : []),
      ...(period === undefined && first > 0n
        ? [`periods before ${first} were not looked at; --period names one of them`]
        : []),
      ...foreignWarnings(chain, [manager]),
    ],
    facts: {
      manager,
      run,
      amount,
      periods: paying,
      more: due.length - paying.length,
      grantedAfterwards: granted + amount,
    },
    requests: periods.map((past) => payEmission(chain.deployment, { ...of, period: past })),
  }
}

function periodsFrom(first: bigint, end: bigint): readonly bigint[] {
  return Array.from({ length: Number(end - first) }, (_, index) => first + BigInt(index))
}

function periodsText(periods: readonly bigint[]): string {
  return periods.length === 1 ? `period ${periods[0]}` : `the periods ${periods.join(', ')}`
}

function periodOpen(period: bigint, emission: EmissionPeriod): TesseraError {
  const { begun, now, startsAt, endsAt } = emission
  const ends = period === emission.period ? ` It ends at ${moment(endsAt)}, ${span(endsAt - now)} from now` : ''
  return new TesseraError('vote/period-open', `period ${period} is not over`, {
    hint: begun ? `The present period is ${emission.period}.${ends}` : `The first one begins at ${moment(startsAt)}`,
    context: { period, present: emission.period },
  })
}

async function nothingToPay(
  chain: Chain,
  of: RunOf & { readonly period: bigint | undefined },
  looked: readonly bigint[],
  at: ReadOptions,
): Promise<TesseraError> {
  const { period } = of
  const where = looked.length === 1 ? `period ${period}` : `the last ${looked.length} periods that are over`
  const tally = looked.length === 1 && period !== undefined ? await getTally(chain, { ...of, period }, at) : undefined
  return new TesseraError('vote/nothing-to-pay', `${runText(chain, of)} has nothing to be paid of ${where}`, {
    hint: tally?.paid
      ? 'It is paid already'
      : 'Nobody counted votes for it then, or too few, or it is paid already; see `tessera vote show`',
    context: { ...of, looked: looked.length, tally },
  })
}
