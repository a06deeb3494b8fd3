// One miner or validator in a run: what it did round by round, what it was given for it epoch by epoch, and why.

import { TesseraError } from '@tessera/protocol/errors'
import type { Role } from '@tessera/protocol/events'
import type { Hex } from '@tessera/protocol/hex'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import type { Answer } from '../api/routes.ts'
import type { MemberEpochRow } from '../database/tables.ts'
import { joinedKey } from '../ingest/foldLedger.ts'
import type { RunLedger } from '../ingest/ledger.ts'
import { minerEpochs, validatorEpochs } from './memberEpochs.ts'
import { activeRounds, lastEpochRows, memberAnswer, memberOf } from './runParts.ts'
import { nowOf, runOf, type Source } from './source.ts'
import { activeStake, commissionAnswer, holderCount, ownStake } from './stakes.ts'

type Detail = Answer<'miner'>

interface Asked {
  readonly run: number
  readonly operator: Hex
}

const MAX_ROUNDS = 400
const MAX_EPOCHS = 200

export function miner(source: Source, asked: Asked): Promise<Detail> {
  return memberDetail(source, 'miner', asked)
}

export function validator(source: Source, asked: Asked): Promise<Detail> {
  return memberDetail(source, 'validator', asked)
}

/** @throws `indexer/unknown-member` */
async function memberDetail(source: Source, role: Role, { run, operator }: Asked): Promise<Detail> {
  const found = runOf(source, run)
  const { state, joined } = found
  const joinedAt = joined.get(joinedKey(role, operator)) ?? null
  if (joinedAt === null) throw unknownMember(run, role, operator)
  const { ledger, at } = nowOf(source)
  const member = memberOf(state, role, operator)
  const last = member && (await lastEpochRows(source, found)).get(joinedKey(role, operator))
  const { payout = ZERO_ADDRESS, delegate = ZERO_ADDRESS } = state.operators.get(operator) ?? {}
  const pool = ledger.pools.get(operator)
  const epochs = await epochRows(source, run, role, operator)
  return {
    run,
    role,
    operator,
    member: member === undefined ? null : memberAnswer(found, role, member, last),
    joinedAt,
    payout: payout === ZERO_ADDRESS ? operator : payout,
    delegate,
    ...commissionAnswer(pool, at),
    pool: activeStake(pool),
    own: ownStake(pool),
    holders: holderCount(pool),
    rounds: await roundCells(source, found, role, operator),
    minerEpochs: role === 'miner' ? await minerEpochs(source, run, epochs) : [],
    validatorEpochs: role === 'validator' ? validatorEpochs(source, epochs) : [],
  }
}

function epochRows({ db }: Source, run: number, role: Role, operator: Hex): Promise<MemberEpochRow[]> {
  return db
    .selectFrom('member_epochs')
    .selectAll()
    .where('run', '=', run)
    .where('role', '=', role)
    .where('operator', '=', operator)
    .orderBy('epoch', 'desc')
    .limit(MAX_EPOCHS)
    .execute()
}

async function roundCells({ db }: Source, { state }: RunLedger, role: Role, operator: Hex): Promise<Detail['rounds']> {
  const active = activeRounds(state, role, operator, MAX_ROUNDS).reverse()
  const [first] = active
  if (first === undefined) return []
  const rows = await db
    .selectFrom('rounds')
    .select(['round', 'cells', 'votes'])
    .where('run', '=', Number(state.run))
    .where('round', '>=', Number(first.round.id))
    .execute()
  const marks = new Map(rows.map(({ round, cells, votes }) => [round, role === 'miner' ? cells : votes]))
  return active.map(({ round, slot }) => {
    const number = Number(round.id)
    return { round: number, cell: marks.get(number)?.[slot] ?? '.' }
  })
}

function unknownMember(run: number, role: Role, operator: Hex): TesseraError {
  return new TesseraError('indexer/unknown-member', `${operator} was never a ${role} of run ${run}`, {
    hint: `/v1/runs/${run} lists the members`,
    context: { run, role, operator },
  })
}
