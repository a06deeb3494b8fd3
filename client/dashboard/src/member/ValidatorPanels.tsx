// How a validator scored: whether it agreed with the others, epoch after epoch, and what it was paid for it.

import type { Answer } from '@tessera/indexer/api/routes'
import { type ReactNode, useMemo } from 'react'
import { LineChart } from '../charts/LineChart.tsx'
import { Amount, TSRA } from '../components/Amount.tsx'
import { Badge } from '../components/Badge.tsx'
import { Identity } from '../components/Identity.tsx'
import { None } from '../components/None.tsx'
import { Panel } from '../components/Panel.tsx'
import { type Column, Table } from '../components/Table.tsx'
import { countText, percentText } from '../format/numbers.ts'
import { paidSummary, type ValidatorEpoch, validatorHistory } from './history.ts'
import { PaidCell } from './PaidCell.tsx'

export function AgreementPanel({ epochs }: { readonly epochs: readonly ValidatorEpoch[] }): ReactNode {
  const chart = useMemo(() => {
    const { epochs: numbers, agreement, part } = validatorHistory(epochs)
    const text = (value: number): string => percentText(value)
    return {
      axis: { name: 'Epoch', values: numbers, text: countText },
      lines: [
        { name: 'Agreement', values: agreement, text, colour: 4 },
        { name: 'Part of what validators share', values: part, text, colour: 2 },
      ],
    }
  }, [epochs])
  const summary = paidSummary(epochs)
  return (
    <Panel
      title="Agreement"
      about={`${summary} Agreement: what the medians of all validators left of the scores that it gave.`}
    >
      {epochs.length === 0 ? (
        <p className="quiet">The first point comes with the first settled epoch.</p>
      ) : (
        <LineChart summary={`Agreement by epoch. ${summary}`} height={240} {...chart} />
      )}
    </Panel>
  )
}

export function ValidatorEpochs({ detail }: { readonly detail: Answer<'validator'> }): ReactNode {
  const { run, operator } = detail
  const columns: readonly Column<ValidatorEpoch>[] = [
    { name: 'Epoch', cell: ({ epoch }) => countText(epoch) },
    {
      name: 'Rounds',
      align: 'right',
      cell: ({ activeRounds, rounds }) => `${activeRounds} of ${rounds}`,
    },
    { name: 'Weight', align: 'right', cell: ({ weight }) => <Amount of={weight} token={TSRA} digits={0} /> },
    {
      name: 'Scores',
      cell: ({ revealed }) => (revealed ? <Badge kind="good">revealed</Badge> : <Badge kind="bad">not revealed</Badge>),
    },
    {
      name: 'Agreement',
      align: 'right',
      cell: ({ given, kept }) => (given === 0 ? <None /> : percentText(kept / given)),
    },
    {
      name: 'Receipts',
      cell: ({ receipts }) =>
        receipts === null ? <None /> : <Identity hex={receipts.digest} what="digest of the receipts" />,
    },
    { name: 'Part', align: 'right', cell: ({ part }) => percentText(part) },
    { name: 'Paid', align: 'right', cell: (epoch) => <PaidCell run={run} operator={operator} of={epoch} /> },
  ]
  return (
    <Panel title="Epochs" about="Newest first.">
      <Table
        caption="Settled epochs of the validator"
        columns={columns}
        rows={detail.validatorEpochs}
        rowKey={({ epoch }) => epoch}
        empty="No epoch that it was in is settled yet."
        most={20}
      />
    </Panel>
  )
}
