// `tessera vote show`: where the emission stands, what a holder votes for with what stake, and what runs have so far. All of one
// block. Needs no password, and no wallet if the holder is named.

import type { Resolved } from '@tessera/agent/optionTable'
import { getBallot } from '@tessera/chain/actions/getBallot'
import { type EmissionPeriod, getEmission } from '@tessera/chain/actions/getEmission'
import { getPayable } from '@tessera/chain/actions/getPayable'
import { getRunCount } from '@tessera/chain/actions/getRunCount'
import { getTally } from '@tessera/chain/actions/getTally'
import type { Choice } from '@tessera/chain/actions/vote'
import { inBatches } from '@tessera/chain/batches'
import type { Chain } from '@tessera/chain/clients'
import { pinned } from '@tessera/chain/pin'
import { choicesText, sameChoices, type VotingPosition, votingPositions } from '@tessera/chain/plans/ballots'
import { type RunOf, runText } from '@tessera/chain/plans/runs'
import { moment, span, tokens } from '@tessera/chain/plans/texts'
import type { ReadOptions } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { defineCommand, type Scene, writeLine } from '../command.ts'
import { chainOptions, jsonOption, openNetwork } from '../network.ts'
import { json, table } from '../texts.ts'
import { positionsOption } from '../votes.ts'
import { findWallet, folderOption, walletOptions } from '../wallets.ts'

/** The newest runs of the coordinator whose votes are shown beside those that the holder votes for. */
const RUNS_SHOWN = 50n

export const voteShow = defineCommand({
  name: 'vote show',
  summary: 'Shows the present period of the emission, the vote of a holder, its weight, and what runs have so far.',
  options: {
    holder: {
      flag: 'holder',
      env: 'TESSERA_HOLDER',
      type: 'address',
      description: 'Whose vote is shown; the wallet’s if not given',
    },
    ...positionsOption,
    wallet: walletOptions.wallet,
    ...folderOption,
    ...chainOptions,
    ...jsonOption,
  },
  async run(options, scene) {
    const chain = await openNetwork(options, scene)
    const holder = options.holder ?? (await walletsAddress(options, scene))
    const seen = await lookAtVotes(chain, { holder, operators: options.operators }, scene)
    if (options.json) return writeLine(scene, json(seen))
    for (const line of describeVotes(chain, seen)) writeLine(scene, line)
  },
})

/** Errors: `wallet/no-address` and those of `findWallet`. */
async function walletsAddress(
  options: Pick<Resolved<typeof walletOptions>, 'wallet' | 'wallets'>,
  scene: Scene,
): Promise<Hex> {
  const { name, address } = await findWallet(options, scene)
  if (address !== undefined) return address
  throw new TesseraError('wallet/no-address', `the file of the wallet ${name} does not say its address`, {
    hint: 'Give --holder with the address that `tessera wallet show --check` prints',
  })
}

export interface RunVotes extends RunOf {
  /** Wei of stake, counted so far. */
  readonly votes: bigint
  /** Wei that it would be paid for that. */
  readonly payable: bigint
}

export interface SeenVotes extends EmissionPeriod {
  readonly holder: Hex
  readonly present: readonly Choice[]
  /** From the next period on. */
  readonly next: readonly Choice[]
  readonly positions: readonly VotingPosition[]
  readonly runs: readonly RunVotes[]
}

export async function lookAtVotes(
  chain: Chain,
  of: { readonly holder: Hex; readonly operators: readonly Hex[] | undefined },
  { signal }: Pick<Scene, 'signal'>,
): Promise<SeenVotes> {
  const { holder } = of
  const at = await pinned(chain, { signal })
  const emission = await getEmission(chain, at)
  const { period, begun } = emission
  const [present, next] = await Promise.all([
    begun ? getBallot(chain, { holder, period }, at) : [],
    getBallot(chain, { holder, period: begun ? period + 1n : period }, at),
  ])
  // Before the first period there is no second that its stake would be of.
  const positions = begun ? await votingPositions(chain, of, emission, at) : []
  const runs = begun ? await runVotes(chain, period, [...present, ...next], at) : []
  return { ...emission, holder, present, next, positions, runs }
}

/** Of the runs that are named, and of others that have votes. */
async function runVotes(
  chain: Chain,
  period: bigint,
  named: readonly RunOf[],
  at: ReadOptions,
): Promise<readonly RunVotes[]> {
  const manager = chain.deployment.runCoordinator
  const count = await getRunCount(chain, at)
  const length = Number(count < RUNS_SHOWN ? count : RUNS_SHOWN)
  const newest = Array.from({ length }, (_, index) => ({ manager, run: count - BigInt(index) }))
  const runs = new Map([...named, ...newest].map(({ manager, run }) => [keyOf({ manager, run }), { manager, run }]))
  const all = await inBatches([...runs.values()], async (run) => {
    const [{ votes }, payable] = await Promise.all([
      getTally(chain, { ...run, period }, at),
      getPayable(chain, { ...run, period }, at),
    ])
    return { ...run, votes, payable }
  })
  const wanted = new Set(named.map(keyOf))
  return all.filter((run) => run.votes > 0n || wanted.has(keyOf(run)))
}

function keyOf({ manager, run }: RunOf): string {
  return `${manager} ${run}`.toLowerCase()
}

/** Lines for people. */
export function describeVotes(chain: Chain, seen: SeenVotes): readonly string[] {
  const { period, begun, startsAt, endsAt, now, present, next, totalVotes } = seen
  const stands = begun
    ? `${period}, until ${moment(endsAt)}, ${span(endsAt - now)} from now`
    : `none yet; the first begins at ${moment(startsAt)}, ${span(startsAt - now)} from now`
  return table([
    ['period', stands],
    ['emission', `up to ${tokens(seen.emission)} in ${begun ? 'this period' : 'the first period'}`],
    ['counted', `${tokens(totalVotes)} of votes, all runs together`],
    ['holder', seen.holder],
    ['vote now', choicesText(chain, present)],
    ['vote next', sameChoices(present, next) ? 'the same' : choicesText(chain, next)],
    ...seen.positions.map(({ operator, weight, counted }) => {
      const state = counted ? 'counted' : weight === 0n ? 'nothing to count' : 'not counted yet'
      return ['with', `${operator} ${tokens(weight)}, ${state}`] as const
    }),
    ...seen.runs.map((run) => {
      return [runText(chain, run), `${tokens(run.votes)} of votes; ${tokens(run.payable)} so far`] as const
    }),
  ])
}
