// What a holder has earned in each token. Sponsors pay in any ERC-20.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Amount } from '../components/Amount.tsx'
import { Panel } from '../components/Panel.tsx'
import { type Column, Table } from '../components/Table.tsx'
import { TokenName } from './TokenName.tsx'

type Totals = Answer<'holder'>['totals'][number]

const COLUMNS: readonly Column<Totals>[] = [
  { name: 'Token', cell: ({ token }) => <TokenName token={token} /> },
  { name: 'Earned', align: 'right', cell: ({ earned, token }) => <Amount of={earned} token={token} bare /> },
  { name: 'Claimed', align: 'right', cell: ({ claimed, token }) => <Amount of={claimed} token={token} bare /> },
  { name: 'Not claimed', align: 'right', cell: ({ claimable, token }) => <Amount of={claimable} token={token} bare /> },
]

export function TotalsPanel({ totals }: { readonly totals: readonly Totals[] }): ReactNode {
  return (
    <Panel title="By token" about="Settled epochs, as the indexer has read them. A token’s name is its own word.">
      <Table
        caption="Earnings by token"
        columns={COLUMNS}
        rows={totals}
        rowKey={({ token }) => token.address}
        empty="Nothing earned yet."
      />
    </Panel>
  )
}
