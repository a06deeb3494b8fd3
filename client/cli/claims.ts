// What can be claimed of a run's settled epochs, asked of the contracts: of which sources, for whom, how much.

import type { RewardClaim } from '@tessera/chain/actions/claimRewards'
import { getClaimable } from '@tessera/chain/actions/getClaimable'
import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { getRun } from '@tessera/chain/actions/getRun'
import { getShare } from '@tessera/chain/actions/getShare'
import { getSponsorships } from '@tessera/chain/actions/getSponsorships'
import { inBatches } from '@tessera/chain/batches'
import type { Chain } from '@tessera/chain/clients'
import type { Due } from '@tessera/chain/plans/dues'
import { type KnownToken, tokenAt } from '@tessera/chain/plans/tokenAmounts'
import type { ReadOptions } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import { NO_ONE } from './operator.ts'

/** Epochs that are looked at, back from the last one: a request each, and one more for each source that pays. */
const LOOKED_AT = 500n
/** Sponsorships that are looked at, the newest of a run. */
const MAX_SOURCES = 50

/** Spread into the table of a command about pay. */
export const payOptions = {
  run: {
    flag: 'run',
    env: 'TESSERA_RUN',
    type: 'integer',
    min: 1,
    description: 'Number of the run; all of them if not given',
  },
  sources: {
    flag: 'source',
    env: 'TESSERA_SOURCES',
    type: 'list',
    max: MAX_SOURCES,
    description:
      'Sources of pay by number, 0 for the grant; the grant and sponsorships in the deployment’s or the run’s token if not given',
  },
  epochs: {
    flag: 'epochs',
    env: 'TESSERA_EPOCHS',
    type: 'string',
    min: 1,
    max: 41,
    description: `Epochs such as 7 or 3-9; the last ${LOOKED_AT} if not given`,
  },
} as const

/** Which epochs of which runs are asked for. */
export interface PayQuery {
  readonly operator: Hex
  /** Of shares of the operator's pool, the operator itself included. */
  readonly holder: Hex
  readonly runs: readonly bigint[]
  /** All that are in known tokens if undefined. */
  readonly sources: readonly bigint[] | undefined
  readonly epochs: EpochRange | undefined
}

export interface EpochRange {
  readonly first: bigint
  readonly last: bigint
}

export interface Dues {
  readonly dues: readonly Due[]
  /** What was not looked at, a line each. */
  readonly unseen: readonly string[]
}

/** Errors: `claim/bad-range`. */
export function parseEpochs(text: string): EpochRange {
  const [, from = '', to = from] = /^([1-9]\d{0,18})(?:-([1-9]\d{0,18}))?$/.exec(text) ?? []
  if (from !== '' && BigInt(from) <= BigInt(to)) return { first: BigInt(from), last: BigInt(to) }
  throw new TesseraError('claim/bad-range', `${JSON.stringify(text)} names no epochs`, {
    hint: 'Give one epoch such as 7, or the first and the last such as 3-9',
    context: { text },
  })
}

/** Errors: `claim/bad-source`. */
export function parseSources(texts: readonly string[]): readonly bigint[] {
  return texts.map((text) => {
    if (/^\d{1,19}$/.test(text)) return BigInt(text)
    throw new TesseraError('claim/bad-source', `${JSON.stringify(text)} is no source of pay`, {
      hint: 'Give numbers: 0 for the grant, those of `tessera sponsor show` for sponsorships',
      context: { text },
    })
  })
}

export async function lookForDues(chain: Chain, query: PayQuery, at: ReadOptions): Promise<Dues> {
  const dues: Due[] = []
  const unseen: string[] = []
  // One after the other: a public server counts requests.
  for (const run of query.runs) {
    const found = await duesOfRun(chain, run, query, at)
    dues.push(...found.dues)
    unseen.push(...found.unseen)
  }
  return { dues, unseen }
}

async function duesOfRun(chain: Chain, run: bigint, query: PayQuery, at: ReadOptions): Promise<Dues> {
  const manager = chain.deployment.runCoordinator
  const [{ epoch: next }, { owner, params }] = await Promise.all([
    getNextEpoch(chain, { manager, run }, at),
    getRun(chain, { run }, at),
  ])
  const range = rangeOf(query, next - 1n)
  if (range.length === 0) return { dues: [], unseen: [] }
  const { operator, holder } = query
  const asOwner = sameHex(holder, operator) && sameHex(owner, operator)
  const [earned, owned] = await Promise.all([
    epochsOf(chain, { run, account: operator, asOwner: false }, range, at),
    asOwner ? epochsOf(chain, { run, account: operator, asOwner: true }, range, at) : [],
  ])
  const claimants = [
    { holder, epochs: earned },
    { holder: NO_ONE, epochs: owned },
  ].filter(({ epochs }) => epochs.length > 0)
  if (claimants.length === 0) return { dues: [], unseen: olderEpochs(run, query, range) }
  const { sources, unseen } = await sourcesOf(chain, run, query, params.rewardToken, at)
  const claims = sources.flatMap(({ source, token }) =>
    claimants.map((claimant) => ({ manager, run, source, operator, ...claimant, token })),
  )
  const dues: Due[] = []
  for (const claim of claims) {
    const due = await unclaimedOf(chain, claim, at)
    if (due !== undefined) dues.push(due)
  }
  return { dues, unseen: [...olderEpochs(run, query, range), ...unseen] }
}

/** Ascending. */
function rangeOf({ epochs }: PayQuery, newest: bigint): readonly bigint[] {
  const last = epochs === undefined || epochs.last > newest ? newest : epochs.last
  const wanted = epochs?.first ?? 1n
  const first = last - wanted >= LOOKED_AT ? last - LOOKED_AT + 1n : wanted
  return Array.from({ length: last < first ? 0 : Number(last - first) + 1 }, (_, index) => first + BigInt(index))
}

function olderEpochs(run: bigint, { epochs }: PayQuery, range: readonly bigint[]): readonly string[] {
  const [first = 0n] = range
  return first > (epochs?.first ?? 1n)
    ? [`epochs of run ${run} before ${first} were not looked at; --epochs names them`]
    : []
}

/** Those of which an account earned something. None that is not settled. */
async function epochsOf(
  chain: Chain,
  of: { readonly run: bigint; readonly account: Hex; readonly asOwner: boolean },
  range: readonly bigint[],
  at: ReadOptions,
): Promise<readonly bigint[]> {
  const shares = await inBatches(range, async (epoch) => getShare(chain, { ...of, epoch }, at))
  return range.filter((_, index) => (shares[index] ?? 0n) > 0n)
}

interface Sources {
  readonly sources: readonly { readonly source: bigint; readonly token: KnownToken }[]
  readonly unseen: readonly string[]
}

/** Anyone can sponsor in a worthless token, or in one that never moves: those are claimed only if they are named. */
async function sourcesOf(
  chain: Chain,
  run: bigint,
  { sources: wanted }: PayQuery,
  rewardToken: Hex,
  at: ReadOptions,
): Promise<Sources> {
  const { runCoordinator: manager, token: native } = chain.deployment
  const { count, sponsorships } = await getSponsorships(chain, { manager, run, most: MAX_SOURCES }, at)
  const all = [{ source: 0n, token: native }, ...sponsorships.toReversed()]
  const isKnown = (token: Hex): boolean => sameHex(token, native) || sameHex(token, rewardToken)
  const taken = all.filter(({ source, token }) => (wanted === undefined ? isKnown(token) : wanted.includes(source)))
  const others = all.length - taken.length
  const sources = await inBatches(taken, async ({ source, token }) => ({
    source,
    token: await tokenAt(chain, token, at),
  }))
  if (wanted !== undefined) return { sources, unseen: [] }
  return {
    sources,
    unseen: [
      ...(others > 0
        ? [`${others} sponsorships of run ${run} in other tokens were not looked at; --source names them`]
        : []),
      ...(count > BigInt(MAX_SOURCES) ? [`of ${count} sponsorships of run ${run} only the newest were looked at`] : []),
    ],
  }
}

async function unclaimedOf(
  chain: Chain,
  claim: RewardClaim & { readonly token: KnownToken },
  at: ReadOptions,
): Promise<Due | undefined> {
  const claimable = (epochs: readonly bigint[]) => getClaimable(chain, { ...claim, epochs }, at)
  if ((await claimable(claim.epochs)) === 0n) return undefined
  const amounts = await inBatches(claim.epochs, (epoch) => claimable([epoch]))
  const epochs = claim.epochs.filter((_, index) => (amounts[index] ?? 0n) > 0n)
  return { ...claim, epochs, amounts: amounts.filter((amount) => amount > 0n) }
}
