// For which runs a holder's stake votes when new tokens are divided.

import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useAct } from '../act/ActProvider.tsx'
import { countVotesAction, voteAction } from '../act/actions.tsx'
import { Amount, TSRA } from '../components/Amount.tsx'
import { Answered } from '../components/Answered.tsx'
import { Button } from '../components/Button.tsx'
import { Countdown } from '../components/Moment.tsx'
import { Panel } from '../components/Panel.tsx'
import { type Column, Table } from '../components/Table.tsx'
import { percentText } from '../format/numbers.ts'
import { to } from '../paths.ts'
import { useAnswer } from '../queries/useAnswer.ts'
import type { Holder } from './HolderStats.tsx'

type Vote = Holder['votes'][number]

export function VotesPanel({ holder, isOwn }: { readonly holder: Holder; readonly isOwn: boolean }): ReactNode {
  const act = useAct()
  const emission = useAnswer('emission')
  const { votes, positions, address } = holder
  const all = votes.reduce((sum, { weight }) => sum + weight, 0n)
  const columns: readonly Column<Vote>[] = [
    { name: 'Run', cell: ({ run }) => <Link href={to.run(run)}>Run {run}</Link> },
    {
      name: 'Part',
      align: 'right',
      cell: ({ weight }) => percentText(all === 0n ? 0 : Number((weight * 10_000n) / all) / 10_000),
    },
  ]
  const operators = positions.map(({ operator }) => operator)
  return (
    <Panel
      title="Votes"
      about={
        <Answered query={emission} what="the emission">
          {({ period, endsAt, amount }) => (
            <>
              Period {period} divides <Amount of={amount} token={TSRA} digits={2} /> among the runs; it ends in{' '}
              <Countdown until={endsAt} />.
            </>
          )}
        </Answered>
      }
      tools={
        <>
          {isOwn && <Button onClick={() => act(voteAction())}>Vote</Button>}
          {votes.length > 0 && operators.length > 0 && (
            <Button onClick={() => act(countVotesAction(address, operators))}>Count for this period</Button>
          )}
        </>
      }
    >
      <Table
        caption="Runs voted for"
        columns={columns}
        rows={votes}
        rowKey={({ run }) => run}
        empty="No vote: its stake is for no run."
      />
    </Panel>
  )
}
