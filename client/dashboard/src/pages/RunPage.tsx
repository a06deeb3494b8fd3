// One run: does it learn, what happens now, who did what, what it cost, who is paid.

import type { ReactNode } from 'react'
import { useParams } from 'wouter'
import { Answered } from '../components/Answered.tsx'
import { Stack } from '../components/Grid.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { countOf } from '../paths.ts'
import { useAnswer } from '../queries/useAnswer.ts'
import { useSeries } from '../queries/useSeries.ts'
import { ContributionsPanel } from '../run/ContributionsPanel.tsx'
import { CostPanel } from '../run/CostPanel.tsx'
import { LineagePanel } from '../run/LineagePanel.tsx'
import { LivePanel } from '../run/LivePanel.tsx'
import { LossPanel } from '../run/LossPanel.tsx'
import { MembersPanel } from '../run/MembersPanel.tsx'
import { MosaicPanel } from '../run/MosaicPanel.tsx'
import { RunHead, RunStats } from '../run/RunHead.tsx'
import { SponsorsPanel, TermsPanel } from '../run/TermsPanels.tsx'
import { NotFoundPage } from './NotFoundPage.tsx'

export function RunPage(): ReactNode {
  const run = countOf(useParams<{ run: string }>().run)
  return run === undefined ? <NotFoundPage /> : <KnownRun key={run} id={run} />
}

function KnownRun({ id }: { readonly id: number }): ReactNode {
  const query = useAnswer('run', { run: id })
  const series = useSeries(id)
  return (
    <>
      {query.data === undefined && <PageHead title={`Run ${id}`} />}
      <Answered query={query} what="the run">
        {(run) => (
          <>
            <RunHead run={run} />
            <Stack>
              <RunStats run={run} />
              <LivePanel run={run} />
              <Answered query={series} what="the rounds">
                {(rounds) => (
                  <>
                    <MosaicPanel run={run} series={rounds} />
                    <LossPanel series={rounds} />
                  </>
                )}
              </Answered>
              <LineagePanel run={id} />
              <MembersPanel run={run} />
              <ContributionsPanel run={run} />
              {series.data !== undefined && <CostPanel series={series.data} />}
              <SponsorsPanel run={run} />
              <TermsPanel run={run} />
            </Stack>
          </>
        )}
      </Answered>
    </>
  )
}
