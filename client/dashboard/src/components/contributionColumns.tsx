// What is told of a contribution, wherever contributions are listed.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { bytesText, compactText, countText } from '../format/numbers.ts'
import { TileIcon } from '../mosaic/TileIcon.tsx'
import type { TileState } from '../mosaic/tiles.ts'
import { to } from '../paths.ts'
import styles from './contributionColumns.module.css'
import { Identity } from './Identity.tsx'
import { None } from './None.tsx'
import { Reason } from './Reason.tsx'
import type { Column } from './Table.tsx'

type Contribution = Answer<'contributions'>['rows'][number]

const TILE: Readonly<Record<Contribution['status'], TileState>> = {
  absent: 'absent',
  unrevealed: 'committed',
  rejected: 'revealed',
  included: 'included',
  pending: 'waiting',
}

/** @param of What the list is of, and what need not be said in each row. */
export function contributionColumns(run: number, of: 'run' | 'round' | 'miner'): readonly Column<Contribution>[] {
  const miner: Column<Contribution> = {
    name: 'Miner',
    cell: ({ slot, operator }) => (
      <span className={styles.miner}>
        {slot} <Identity hex={operator} href={to.member(run, 'miner', operator)} />
      </span>
    ),
  }
  const round: Column<Contribution> = {
    name: 'Round',
    cell: ({ round: number }) => <Link href={to.round(run, number)}>{countText(number)}</Link>,
  }
  return [...(of === 'round' ? [] : [round]), ...(of === 'miner' ? [] : [miner]), ...contributionFacts]
}

/** What is told of it beside its round and its miner. */
const contributionFacts: readonly Column<Contribution>[] = [
  {
    name: 'Result',
    cell: ({ status }) => (
      <span className={styles.status}>
        <TileIcon state={TILE[status]} /> {status}
      </span>
    ),
  },
  {
    name: 'Why',
    cell: ({ reason }) => (reason === null ? <None /> : <Reason code={reason} />),
  },
  {
    name: 'Own drop',
    align: 'right',
    about: 'Drop in loss on its own samples, nats per token: median of the receipts',
    cell: ({ ownDrop }) => <Drop value={ownDrop} />,
  },
  {
    name: 'Drawn drop',
    align: 'right',
    about: 'Drop in loss on samples drawn for all, nats per token: median of the receipts',
    cell: ({ drawnDrop }) => <Drop value={drawnDrop} />,
  },
  {
    name: 'Size',
    align: 'right',
    cell: ({ size }) => (size === null ? <None /> : bytesText(size)),
  },
  { name: 'Gas', align: 'right', cell: ({ gas }) => compactText(gas) },
]

function Drop({ value }: { readonly value: number | null }): ReactNode {
  if (value === null) return <None />
  return (
    <span
      className={value > 0 ? styles.drop : styles.rise}
    >{`${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`}</span>
  )
}
