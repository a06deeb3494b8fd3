// How validators voted, and with which weight.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Identity } from '../components/Identity.tsx'
import { Meter } from '../components/Meter.tsx'
import { None } from '../components/None.tsx'
import { Panel } from '../components/Panel.tsx'
import { Table } from '../components/Table.tsx'
import { durationText, percentText } from '../format/numbers.ts'
import { partOf } from '../format/scores.ts'
import { TileIcon } from '../mosaic/TileIcon.tsx'
import { tiles } from '../mosaic/tiles.ts'
import { to } from '../paths.ts'
import styles from './VotesPanel.module.css'

export function VotesPanel({ run, round }: { readonly run: number; readonly round: Answer<'round'> }): ReactNode {
  const { votes, openedAt } = round
  const sum = votes.reduce((total, { weight }) => total + weight, 0n)
  const attested = votes.reduce((total, { vote, weight }) => (isFor(vote) ? total + weight : total), 0n)
  return (
    <Panel
      title="Votes"
      about={
        votes.length === 0
          ? 'Validators vote once a leader has proposed.'
          : `${percentText(partOf(attested, sum))} of the weight attested; a round is final with two thirds.`
      }
    >
      <Table
        caption="Votes of validators"
        columns={[
          {
            name: 'Validator',
            cell: ({ slot, operator }) => (
              <span className={styles.who}>
                {slot} <Identity hex={operator} href={to.member(run, 'validator', operator)} />
              </span>
            ),
          },
          {
            name: 'Vote',
            cell: ({ vote }) => (
              <span className={styles.who}>
                <TileIcon state={vote} /> {tiles[vote].words}
              </span>
            ),
          },
          {
            name: 'Weight',
            align: 'right',
            cell: ({ weight }) => <Meter part={partOf(weight, sum)} text={percentText(partOf(weight, sum))} />,
          },
          {
            name: 'After',
            align: 'right',
            cell: ({ at }) => (at === null ? <None /> : durationText(at - openedAt)),
          },
          {
            name: 'Transaction',
            cell: ({ tx }) => (tx === null ? <None /> : <Identity hex={tx} what="transaction" />),
          },
        ]}
        rows={votes}
        rowKey={({ slot }) => slot}
        empty="No vote yet."
      />
    </Panel>
  )
}

/** One that measured a worse model attests what was worked out, and says that it should not be taken. */
function isFor(vote: Answer<'round'>['votes'][number]['vote']): boolean {
  return vote === 'attested' || vote === 'worse'
}
