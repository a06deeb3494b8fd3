// Operators whom stake can be delegated to: what they hold, keep, do, and earned of late.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Amount, TSRA } from '../components/Amount.tsx'
import { Badge } from '../components/Badge.tsx'
import { Identity } from '../components/Identity.tsx'
import { type Column, Table } from '../components/Table.tsx'
import { countText, percentText } from '../format/numbers.ts'
import { to } from '../paths.ts'
import { CommissionText } from './CommissionText.tsx'
import styles from './Holder.module.css'
import { projectionOf } from './projection.ts'

export type Operator = Answer<'operators'>[number]

/** Where there is little room. */
const LEFT_OUT: ReadonlySet<string> = new Set(['Own part', 'Holders'])

export interface OperatorsTableProps {
  readonly operators: readonly Operator[]
  /** First in each row: a way to choose it. */
  readonly pick?: (operator: Operator) => ReactNode
  /** In a narrow place: what one chooses by. */
  readonly brief?: boolean
}

export function OperatorsTable({ operators, pick, brief = false }: OperatorsTableProps): ReactNode {
  const columns: readonly Column<Operator>[] = [
    ...(pick === undefined ? [] : [{ name: 'Choose', cell: pick }]),
    {
      name: 'Operator',
      cell: ({ operator }) => <Identity hex={operator} href={to.holder(operator)} what="operator" />,
    },
    {
      name: 'Pool',
      align: 'right',
      cell: ({ pool }) => <Amount of={pool} token={TSRA} digits={2} />,
      about: 'Bonded stake',
    },
    { name: 'Own part', align: 'right', cell: ({ own, pool }) => percentText(ratio(own, pool), 0) },
    { name: 'Holders', align: 'right', cell: ({ holders }) => countText(holders) },
    { name: 'Commission', align: 'right', cell: (row) => <CommissionText of={row} /> },
    {
      name: 'Yield',
      align: 'right',
      about: 'A year, if it goes on as in its last epochs, after commission and without compounding',
      cell: (row) => <Yield of={row} />,
    },
    { name: 'Does', cell: ({ roles }) => <Roles of={roles} /> },
  ]
  return (
    <Table
      caption="Operators and their terms"
      columns={brief ? columns.filter(({ name }) => !LEFT_OUT.has(name)) : columns}
      rows={operators}
      rowKey={({ operator }) => operator}
      empty="Nobody operates here yet."
    />
  )
}

/** What an operator does: a link to each of its places. */
export function Roles({ of }: { readonly of: Operator['roles'] }): ReactNode {
  if (of.length === 0) return <span className="quiet">nothing now</span>
  return of.map(({ run, role, slot }) => (
    <Badge key={`${run}${role}${slot}`}>
      {role === 'miner' ? 'miner' : 'validator'} of <Link href={to.run(run)}>run {run}</Link>
    </Badge>
  ))
}

function Yield({ of }: { readonly of: Operator }): ReactNode {
  const projection = projectionOf(of.pace)
  if (projection === undefined) return <span className="quiet">too little to tell</span>
  const kept = 1 - of.commissionBps / 10_000
  return (
    <span className={styles.still} title={projection.assumptions.join(' ')}>
      {percentText(projection.part * kept)}
    </span>
  )
}

function ratio(part: bigint, all: bigint): number {
  return all === 0n ? 0 : Number((part * 10_000n) / all) / 10_000
}
