// The amount of a payout and how it comes about.

import type { ReactNode } from 'react'
import { Panel } from '../components/Panel.tsx'
import { type Column, Table } from '../components/Table.tsx'
import type { StoryLine } from './payoutStory.ts'

const COLUMNS: readonly Column<StoryLine>[] = [
  { name: 'What', cell: ({ name }) => name },
  { name: 'How much', cell: ({ value }) => <strong>{value}</strong> },
  { name: 'From what', cell: ({ from }) => from },
]

export function PayoutStory({ lines }: { readonly lines: readonly StoryLine[] }): ReactNode {
  return (
    <Panel title="How it comes about" about="Worked out here; each line follows from those above it.">
      <Table caption="How the amount comes about" columns={COLUMNS} rows={lines} rowKey={({ name }) => name} />
    </Panel>
  )
}
