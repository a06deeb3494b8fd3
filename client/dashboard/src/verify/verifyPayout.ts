// A payout walked back, step by step, from what an indexer shows to the chain and to the blobs that the chain names. What is asked for
// is named by numbers and addresses; every amount is worked out here.

import { getShare } from '@tessera/chain/actions/getShare'
import { getTokenInfo } from '@tessera/chain/actions/getTokenInfo'
import { type Explained, explain } from '@tessera/chain/explainPayout'
import type { PayoutOf } from '@tessera/chain/payout'
import { settlementOf } from '@tessera/protocol/epochSettlement'
import type { Hex } from '@tessera/protocol/hex'
import type { EpochState, RunState } from '@tessera/protocol/runState'
import { CHAIN_STEPS, type Replayed, replay } from './chainSteps.ts'
import { checkContributions } from './checkContributions.ts'
import { checkReceipts } from './checkReceipts.ts'
import { checkSeeds } from './checkSeeds.ts'
import type { Evidence } from './evidence.ts'
import { type TokenWords, tokenText } from './payoutStory.ts'
import type { Finder, StepLog, StepPlan } from './stepLog.ts'

export const PAYOUT_STEPS = [
  ...CHAIN_STEPS,
  {
    id: 'contract',
    title: 'The contract pays what the rules give',
    about: 'Share, pot and amount, worked out from scores and stake, equal the contract’s to the last unit.',
  },
  {
    id: 'settlement',
    title: 'The epoch is settled by the rules',
    about: 'Medians, ranks and shares of all members, worked out from the revealed scores, equal the contract’s.',
  },
  {
    id: 'receipts',
    title: 'The scores follow from the receipts',
    about: 'Each validator’s receipts are fetched, hash to what it committed to, and give the scores that it revealed.',
  },
  {
    id: 'contributions',
    title: 'The contributions are what was revealed',
    about:
      'Each blob is fetched, hashes to its digest on chain, and has the root and the header that were committed to.',
  },
  {
    id: 'seeds',
    title: 'Nobody chose the seeds',
    about: 'What was trained and tested on follows from the blocks’ randomness and from what all miners opened.',
  },
  {
    id: 'row',
    title: 'The indexer shows the same',
    about: 'The row that this dashboard shows equals what was worked out here.',
  },
] as const satisfies readonly StepPlan[]

/** With what the token says of itself. */
export interface ExplainedPayout extends Explained {
  readonly token: TokenWords
}

export interface PayoutQuery extends PayoutOf {
  readonly run: bigint
  readonly epoch: bigint
}

/** Errors: the signal's reason. Whatever else goes wrong is a step's to say. */
export async function verifyPayout(
  of: PayoutQuery,
  evidence: Evidence,
  log: StepLog,
  signal: AbortSignal,
): Promise<ExplainedPayout | undefined> {
  const replayed = await replay(log, evidence, of.run, signal)
  const explained = replayed && (await log.run('contract', signal, (find) => checkContract(find, replayed, of, signal)))
  const epoch = replayed?.followed.state.epochs.get(of.epoch)
  if (replayed === undefined || explained === undefined || epoch === undefined) {
    log.skipWaiting('A step before has failed, and this one would rest on it')
    return undefined
  }
  const { state } = replayed.followed
  const scene = { evidence, state, params: replayed.params, epoch, signal }
  await log.run('settlement', signal, (find) => checkSettlement(find, replayed, epoch, signal))
  await log.run('receipts', signal, (find) => checkReceipts(find, scene, receiptsOf(state, epoch, of)))
  await log.run('contributions', signal, (find) => checkContributions(find, scene, explained.payout.evidence))
  await log.run('seeds', signal, (find) => checkSeeds(find, replayed, epoch, signal))
  await log.run('row', signal, (find) => checkRow(find, evidence, { of, explained, owner: state.owner }, signal))
  return explained
}

async function checkContract(
  find: Finder,
  { chain, followed }: Replayed,
  of: PayoutQuery,
  signal: AbortSignal,
): Promise<ExplainedPayout> {
  const explained = await explain(chain, followed, of.epoch, of, { signal })
  const { payout } = explained
  for (const { what, computed, found } of explained.comparisons) find.compare(what, computed, found, CONTRACT_ADVICE)
  const token = await getTokenInfo(chain, { token: payout.token }, { blockNumber: followed.block.number, signal })
  find.says(tokenText(payout.amount, payout, token))
  return { ...explained, token }
}

const CONTRACT_ADVICE =
  'Use another RPC server: this one, or the contract, says something else than its own events give. If it stays red, report it'

async function checkSettlement(
  find: Finder,
  { chain, followed }: Replayed,
  epoch: EpochState,
  signal: AbortSignal,
): Promise<void> {
  const { state, block } = followed
  const settlement = settlementOf(state, epoch)
  const share = (account: Hex, asOwner: boolean): Promise<bigint> => {
    const at = { blockNumber: block.number, signal }
    return getShare(chain, { run: state.run, epoch: epoch.id, account, asOwner }, at)
  }
  const members = new Set([...epoch.minerOperators.values(), ...epoch.validatorOperators.values()])
  const rows = await Promise.all([...members].map(async (account) => [account, await share(account, false)] as const))
  for (const [account, found] of rows)
    find.compare(`share of ${account}, in 2^-64`, settlement.shares.get(account) ?? 0n, found, CONTRACT_ADVICE)
  find.compare('share of the owner, in 2^-64', settlement.ownerShare, await share(state.owner, true), CONTRACT_ADVICE)
  const quorum = settlement.quorum ? 'half of the stake or more revealed scores' : 'no quorum: nobody earned anything'
  find.says(`${members.size} members, medians ${[...settlement.medians].join(', ')}; ${quorum}`)
}

/** Slots of the validators whose receipts the payout rests on: a validator's own, else those of all. */
function receiptsOf(state: RunState, epoch: EpochState, { operator, holder }: PayoutOf): readonly number[] {
  const all = [...epoch.opened.values()]
  const isMiner = [...epoch.minerOperators.values()].includes(operator)
  const own = all.filter((opened) => opened.operator === operator)
  const isOwner = holder === null && operator === state.owner
  return (isMiner || isOwner || own.length === 0 ? all : own).map(({ slot }) => slot)
}

async function checkRow(
  find: Finder,
  evidence: Evidence,
  { of, explained, owner }: { of: PayoutQuery; explained: ExplainedPayout; owner: Hex },
  signal: AbortSignal,
): Promise<void> {
  const { payout } = explained
  const holder = of.holder ?? owner
  const kind = of.holder === null ? 'owner' : of.holder === of.operator ? 'operator' : 'holder'
  const asked = { run: Number(of.run), epoch: Number(of.epoch), holder, operator: of.operator }
  const rows = await evidence.earnings(asked, signal)
  const matching = rows.filter(
    (row) =>
      row.run === asked.run &&
      row.epoch === asked.epoch &&
      row.operator === of.operator &&
      row.source === Number(of.source) &&
      row.kind === kind,
  )
  const advice = 'The indexer is wrong: do not go by what it shows, and choose another one'
  // Nothing earned need not have a row.
  find.compare('rows', payout.amount === 0n ? matching.length : 1, matching.length, advice)
  for (const row of matching) {
    find.compare('amount', payout.amount, row.amount, advice)
    find.compare('earned by the pool', payout.earned, row.poolEarned, advice)
    find.compare('token', payout.token, row.token.address, advice)
    if (kind !== 'owner') find.compare('commission', payout.commission, row.commission, advice)
  }
  find.says(
    matching.length === 0 ? 'no row, and nothing was earned' : tokenText(payout.amount, payout, explained.token),
  )
}
