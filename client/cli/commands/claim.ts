// `tessera claim`: pay of settled epochs that nobody has claimed yet goes to who has earned it.

import { getOperator } from '@tessera/chain/actions/getOperator'
import { getRunCount } from '@tessera/chain/actions/getRunCount'
import type { Chain } from '@tessera/chain/clients'
import { pinned } from '@tessera/chain/pin'
import { planPayment } from '@tessera/chain/plans/claim'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { checkRun } from '@tessera/chain/plans/runs'
import type { ReadOptions } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import { type EpochRange, lookForDues, type PayQuery, parseEpochs, parseSources, payOptions } from '../claims.ts'
import { defineCommand, type Scene } from '../command.ts'
import { operatorOption } from '../operator.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

/** Runs that are looked at, the newest ones. */
const MAX_RUNS = 50n
export const holderOption = {
  holder: {
    flag: 'holder',
    env: 'TESSERA_HOLDER',
    type: 'address',
    description:
      'Whose part of the operator’s pool it is; the operator’s own if the wallet is or acts for it, else the wallet’s',
  },
} as const

export const claim = defineCommand({
  name: 'claim',
  summary:
    'Has an operator, a holder of its pool or the owner of a run paid what they have earned; anyone may, for anyone.',
  options: { ...payOptions, ...operatorOption, ...holderOption, ...moneyOptions },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { account } = desk
    await transact(await planClaim(desk, { ...options, wallet: account.address }, scene), desk, options, scene)
  },
})

export interface ClaimOptions {
  readonly run?: number | undefined
  readonly sources?: readonly string[] | undefined
  readonly epochs?: string | undefined
  readonly operator?: Hex | undefined
  readonly holder?: Hex | undefined
  /** Whoever asks. */
  readonly wallet: Hex
}

/** Errors: `claim/nothing`, `claim/bad-range`, `claim/bad-source`, `run/unknown`. */
export async function planClaim(
  { chain, account }: Desk,
  options: ClaimOptions,
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const at = await pinned(chain, { signal })
  const { query, unseen: runsUnseen } = await queryOf(chain, options, at)
  const { operator, holder } = query
  const { dues, unseen } = await lookForDues(chain, query, at)
  if (dues.length === 0) throw nothingToClaim(query, [...runsUnseen, ...unseen])
  const plan = await planPayment({ chain, account }, dues, at)
  const { payees, ...facts } = plan.facts
  return {
    ...plan,
    warnings: [...(plan.warnings ?? []), ...runsUnseen, ...unseen],
    facts: { operator, holder, to: payees[0], ...facts },
  }
}

/** Whose pay of which runs is asked for. */
export async function queryOf(
  chain: Chain,
  options: ClaimOptions,
  at: ReadOptions,
): Promise<{ readonly query: PayQuery; readonly unseen: readonly string[] }> {
  const { wallet } = options
  const epochs: EpochRange | undefined = options.epochs === undefined ? undefined : parseEpochs(options.epochs)
  const sources = options.sources === undefined ? undefined : parseSources(options.sources)
  const own = (await getOperator(chain, { account: wallet }, at)) ?? wallet
  const operator = options.operator ?? own
  // Who acts for an operator asks for what the operator is paid; anyone else has a part of its pool, if any.
  const holder = options.holder ?? (sameHex(operator, own) ? operator : wallet)
  const { runs, unseen } = await runsOf(chain, options.run, at)
  return { query: { operator, holder, runs, sources, epochs }, unseen }
}

async function runsOf(
  chain: Chain,
  run: number | undefined,
  at: ReadOptions,
): Promise<{ readonly runs: readonly bigint[]; readonly unseen: readonly string[] }> {
  if (run !== undefined) {
    await checkRun(chain, { manager: chain.deployment.runCoordinator, run: BigInt(run) }, at)
    return { runs: [BigInt(run)], unseen: [] }
  }
  const count = await getRunCount(chain, at)
  const first = count > MAX_RUNS ? count - MAX_RUNS + 1n : 1n
  const runs = Array.from({ length: Number(count - first + 1n) }, (_, index) => first + BigInt(index))
  return { runs, unseen: first > 1n ? [`runs before ${first} were not looked at; --run names one of them`] : [] }
}

function nothingToClaim({ operator, holder }: PayQuery, unseen: readonly string[]): TesseraError {
  const who = sameHex(operator, holder) ? operator : `${holder} with the operator ${operator}`
  const hint =
    'Pay can be claimed when an epoch is settled; --operator names another operator, `tessera claim explain` says why'
  return new TesseraError('claim/nothing', `${who} has nothing to claim`, {
    hint: [hint, ...unseen].join('; '),
    context: { operator, holder },
  })
}
