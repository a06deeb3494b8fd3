// All runs, and each as one line: where it stands, who takes part, what it is paid from.

import { stayingMembers } from '@tessera/protocol/runState'
import type { Answer } from '../api/routes.ts'
import { potsOf } from '../ingest/epochFacts.ts'
import type { RunLedger } from '../ingest/ledger.ts'
import { emissionOf } from './chainFacts.ts'
import { readManifest } from './manifests.ts'
import { sponsorshipAnswer } from './runParts.ts'
import { nowOf, type Source } from './source.ts'

type Summary = Answer<'runs'>[number]

export async function runs(source: Source): Promise<Answer<'runs'>> {
  const summaries: Summary[] = []
  for (const run of nowOf(source).ledger.runs.values()) summaries.push(await summaryOf(source, run))
  return summaries
}

export async function summaryOf(source: Source, run: RunLedger): Promise<Summary> {
  const { state, createdAt, earned } = run
  const { params, phase, rounds } = state
  const manifest = await readManifest(source.db, run)
  const tokens = await source.tokens.of(run)
  const epochs = [...state.epochs.values()]
  const finalRounds = rounds.filter(({ end }) => end?.kind === 'final').length
  return {
    run: Number(state.run),
    owner: state.owner,
    name: manifest?.name ?? null,
    parameters: manifest?.parameters ?? null,
    phase: phase === 'None' ? 'Idle' : phase,
    createdAt,
    round: Number(state.round?.id ?? 0n),
    epoch: Number(epochs.findLast((epoch) => epoch.phase === 'Open')?.id ?? epochs.at(-1)?.id ?? 0n),
    finalRounds,
    voidRounds: rounds.length - finalRounds,
    settledEpochs: epochs.filter((epoch) => epoch.phase === 'Settled').length,
    stateRoot: state.stateRoot,
    stateRound: Number(state.stateRound),
    // As far as it is known: the newest contributions are read a little later.
    tokens: manifest === null ? null : (tokens.findLast((sum) => sum !== null) ?? 0),
    lastLoss: await lastLossOf(source, run),
    miners: { active: stayingMembers(state, 'miner').length, most: params?.maxMiners ?? 0 },
    validators: { active: stayingMembers(state, 'validator').length, most: params?.maxValidators ?? 0 },
    emission: await emissionShareOf(source, run),
    granted: state.granted,
    pots: runningPots(source, run),
    earned: earned.get('') ?? 0n,
    sponsorships: [...state.sponsorships].map(([number, terms]) => sponsorshipAnswer(source, number, terms)),
  }
}

/** Of the newest state that was measured: of a final round, or of genesis. */
async function lastLossOf({ db }: Source, { state }: RunLedger): Promise<Summary['lastLoss']> {
  const run = Number(state.run)
  const measured = await db
    .selectFrom('rounds as r')
    .innerJoin('checkpoints as c', (join) => join.onRef('c.run', '=', 'r.run').onRef('c.root', '=', 'r.root'))
    .select(['r.round', 'c.loss'])
    .where('r.run', '=', run)
    .leftJoin('undone_rounds as u', (join) => join.onRef('u.run', '=', 'r.run').onRef('u.round', '=', 'r.round'))
    .where('r.void', '=', '')
    .where('u.round', 'is', null)
    .where('c.loss', 'is not', null)
    .orderBy('r.round', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (measured !== undefined && measured.loss !== null) return { round: measured.round, loss: measured.loss }
  const genesis = await db
    .selectFrom('checkpoints')
    .select('loss')
    .where('run', '=', run)
    .where('root', '=', state.params?.genesisRoot ?? '0x')
    .executeTakeFirst()
  return genesis === undefined || genesis.loss === null ? null : { round: 0, loss: genesis.loss }
}

async function emissionShareOf(source: Source, { state }: RunLedger): Promise<Summary['emission']> {
  const { paid, lastPeriod } = nowOf(source).ledger.emission
  const own = paid.get(state.run)
  if (lastPeriod === null) return { shareBps: null, paid: 0n }
  const whole = emissionOf(await source.chain.schedule(), Number(lastPeriod))
  const amount = own?.period === lastPeriod ? own.amount : 0n
  return { shareBps: whole === 0n ? 0 : Number((amount * 10_000n) / whole), paid: own?.total ?? 0n }
}

/** What the epoch under way pays of each source, the grant always. */
function runningPots({ chain }: Source, { state }: RunLedger): Summary['pots'] {
  const open = [...state.epochs.values()].findLast(({ phase }) => phase === 'Open')
  if (open === undefined) return []
  const pots = potsOf(state, open).map(({ source, token, amount }) => ({ source, token: chain.token(token), amount }))
  const grant = { source: 0, token: chain.token(state.native), amount: 0n }
  return pots[0]?.source === 0 ? pots : [grant, ...pots]
}
