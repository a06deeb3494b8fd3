// Who takes part in a run: miners by score, validators by weight.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Amount, TSRA } from '../components/Amount.tsx'
import { Badge } from '../components/Badge.tsx'
import { Identity } from '../components/Identity.tsx'
import { Meter } from '../components/Meter.tsx'
import { None } from '../components/None.tsx'
import { Panel } from '../components/Panel.tsx'
import { Reason } from '../components/Reason.tsx'
import { type Column, Table } from '../components/Table.tsx'
import { countText, percentText } from '../format/numbers.ts'
import { partOf, scorePart, scoreText, uptimeText } from '../format/scores.ts'
import { to } from '../paths.ts'

type Member = Answer<'run'>['members'][number]

export function MembersPanel({ run: { summary, members } }: { readonly run: Answer<'run'> }): ReactNode {
  const miners = members
    .filter(({ role }) => role === 'miner')
    .toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0) || a.slot - b.slot)
  const validators = members
    .filter(({ role }) => role === 'validator')
    .toSorted((a, b) => (b.weight > a.weight ? 1 : b.weight < a.weight ? -1 : a.slot - b.slot))
  const weight = validators.reduce((sum, member) => sum + member.weight, 0n)
  const { run } = summary
  return (
    <>
      <Panel
        title="Miners"
        about="Score: the median of the validators for the last settled epoch, of 100. Uptime: rounds with a reveal, of the last 32."
      >
        <Table
          caption="Miners by score"
          columns={minerColumns(run)}
          rows={miners}
          rowKey={keyOf}
          most={24}
          empty="No miner has joined."
        />
      </Panel>
      <Panel
        title="Validators"
        about="Weight: the stake that counts in votes. Uptime: rounds with a vote, of the last 32."
      >
        <Table
          caption="Validators by weight"
          columns={validatorColumns(run, weight)}
          rows={validators}
          rowKey={keyOf}
          most={24}
          empty="No validator has joined."
        />
      </Panel>
    </>
  )
}

const keyOf = ({ role, slot, operator }: Member): string => `${role}-${slot}-${operator}`

function sharedColumns(run: number): Record<'who' | 'uptime' | 'earned' | 'zero', Column<Member>> {
  return {
    who: {
      name: 'Operator',
      cell: ({ operator, role, lastRound, activeFrom, slot }) => (
        <span>
          <Identity hex={operator} href={to.member(run, role, operator)} what={`address of ${role} ${slot}`} />{' '}
          {lastRound !== null && <Badge kind="warn">leaves after round {countText(lastRound)}</Badge>}
          {lastRound === null && activeFrom > 1 && <span className="quiet">since round {countText(activeFrom)}</span>}
        </span>
      ),
    },
    uptime: {
      name: 'Uptime',
      align: 'right',
      cell: ({ uptime }) => (
        <Meter part={uptime.active === 0 ? null : uptime.acted / uptime.active} text={uptimeText(uptime)} />
      ),
    },
    earned: {
      name: 'Earned',
      align: 'right',
      about: 'Of all settled epochs, with what its holders earned',
      cell: ({ earned }) => <Amount of={earned} token={TSRA} digits={2} />,
    },
    zero: {
      name: 'Last epoch',
      about: 'Why it was paid nothing, if it was',
      cell: ({ zero }) =>
        zero === null ? <span className="quiet">paid, or not settled</span> : <Reason code={zero} />,
    },
  }
}

function minerColumns(run: number): readonly Column<Member>[] {
  const { who, uptime, earned, zero } = sharedColumns(run)
  return [
    { name: 'Slot', cell: ({ slot }) => slot },
    who,
    { name: 'Stake', align: 'right', cell: ({ stake }) => <Amount of={stake} token={TSRA} digits={2} /> },
    {
      name: 'Score',
      align: 'right',
      cell: ({ score }) => (score === null ? <None /> : <Meter part={scorePart(score)} text={scoreText(score)} />),
    },
    uptime,
    earned,
    zero,
  ]
}

function validatorColumns(run: number, sum: bigint): readonly Column<Member>[] {
  const { who, uptime, earned, zero } = sharedColumns(run)
  return [
    { name: 'Slot', cell: ({ slot }) => slot },
    who,
    { name: 'Stake', align: 'right', cell: ({ stake }) => <Amount of={stake} token={TSRA} digits={2} /> },
    {
      name: 'Weight',
      align: 'right',
      cell: ({ weight }) => <Meter part={partOf(weight, sum)} text={percentText(partOf(weight, sum))} />,
    },
    uptime,
    earned,
    zero,
  ]
}
