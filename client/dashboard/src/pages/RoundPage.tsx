// One round: what happened when, what each miner gave and what became of it, who voted how, what the model wrote after it.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Link, useParams } from 'wouter'
import { Answered } from '../components/Answered.tsx'
import { contributionColumns } from '../components/contributionColumns.tsx'
import { Facts } from '../components/Facts.tsx'
import { Stack } from '../components/Grid.tsx'
import { Identity } from '../components/Identity.tsx'
import { None } from '../components/None.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Panel } from '../components/Panel.tsx'
import { SampleText } from '../components/SampleText.tsx'
import { type Column, Table } from '../components/Table.tsx'
import { visibleLine } from '../format/hostile.ts'
import { durationText } from '../format/numbers.ts'
import { countOf, to } from '../paths.ts'
import { useAnswer } from '../queries/useAnswer.ts'
import { RoundHead, RoundStats } from '../round/RoundHead.tsx'
import { TimelinePanel } from '../round/TimelinePanel.tsx'
import { VotesPanel } from '../round/VotesPanel.tsx'
import { NotFoundPage } from './NotFoundPage.tsx'

type Round = Answer<'round'>

export function RoundPage(): ReactNode {
  const params = useParams<{ run: string; round: string }>()
  const [run, round] = [countOf(params.run), countOf(params.round)]
  return run === undefined || round === undefined ? <NotFoundPage /> : <KnownRound key={run} run={run} at={round} />
}

function KnownRound({ run, at }: { readonly run: number; readonly at: number }): ReactNode {
  const query = useAnswer('round', { run, round: at })
  const summary = useAnswer('run', { run }).data?.summary
  const name = summary === undefined || summary.name === null ? `Run ${run}` : visibleLine(summary.name)
  return (
    <>
      {query.data === undefined && <PageHead title={`Round ${at}`} above={<Link href={to.run(run)}>{name}</Link>} />}
      <Answered query={query} what="the round">
        {(round) => (
          <>
            <RoundHead run={run} name={name} newest={summary?.round} round={round} />
            <Stack>
              <RoundStats round={round} />
              <TimelinePanel round={round} />
              <ContributionsOf run={run} round={round} />
              <VotesPanel run={run} round={round} />
              <ModelAfter run={run} round={round} />
            </Stack>
          </>
        )}
      </Answered>
    </>
  )
}

function ContributionsOf({ run, round }: { readonly run: number; readonly round: Round }): ReactNode {
  const columns: readonly Column<Round['contributions'][number]>[] = [
    ...contributionColumns(run, 'round'),
    {
      name: 'Committed',
      align: 'right',
      about: 'Since the round opened',
      cell: ({ committedAt }) => <After at={committedAt} opened={round.openedAt} />,
    },
    {
      name: 'Revealed',
      align: 'right',
      about: 'Since the round opened',
      cell: ({ revealedAt }) => <After at={revealedAt} opened={round.openedAt} />,
    },
    {
      name: 'Blob',
      cell: ({ digest }) => (digest === null ? <None /> : <Identity hex={digest} what="digest" />),
    },
  ]
  return (
    <Panel title="Contributions" about="What each miner gave, and why it is in the model or is not.">
      <Table
        caption="Contributions of the round"
        columns={columns}
        rows={round.contributions}
        rowKey={({ slot }) => slot}
        empty="No miner was active."
      />
    </Panel>
  )
}

function After({ at, opened }: { readonly at: number | null; readonly opened: number }): ReactNode {
  return at === null ? <None /> : `+${durationText(at - opened)}`
}

function ModelAfter({ run, round }: { readonly run: number; readonly round: Round }): ReactNode {
  const { root, parentRoot, trainSeed, testSeed, sample } = round
  return (
    <Panel
      title="The model after it"
      tools={root !== null && <Link href={to.verifyCheckpoint(run, round.round)}>Verify this checkpoint</Link>}
    >
      <Stack>
        {sample !== null && <SampleText sample={sample} />}
        <Facts
          of={[
            ['Root', root === null ? 'unchanged' : <Identity key="root" hex={root} what="root" />],
            ['Parent', <Identity key="parent" hex={parentRoot} what="root of the parent" />],
            // With overlapping rounds the samples follow from the round before: client/protocol/trainingStart.ts.
            ['Seed at its opening', <Identity key="train" hex={trainSeed} what="seed" />],
            [
              'Seed of the test samples',
              testSeed === null ? 'not drawn' : <Identity key="test" hex={testSeed} what="seed" />,
            ],
          ]}
        />
      </Stack>
    </Panel>
  )
}
