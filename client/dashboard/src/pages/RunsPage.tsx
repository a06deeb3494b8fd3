// All runs: which there are, how they fare, what they pay.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Amount, TSRA } from '../components/Amount.tsx'
import { Answered } from '../components/Answered.tsx'
import { Stack } from '../components/Grid.tsx'
import { Notice } from '../components/Notice.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Stats } from '../components/Stats.tsx'
import { compactText, countText } from '../format/numbers.ts'
import { useAnswer } from '../queries/useAnswer.ts'
import { EmissionPanel } from '../runs/EmissionPanel.tsx'
import { RunCard } from '../runs/RunCard.tsx'
import { inOrder, totalsOf } from '../runs/totals.ts'

export function RunsPage(): ReactNode {
  const query = useAnswer('runs', {})
  return (
    <>
      <PageHead title="Runs" below="Models that are trained together: by whom, how well, and for what pay." />
      <Answered query={query} what="the runs">
        {(runs) => (runs.length === 0 ? <NoRuns /> : <SomeRuns runs={runs} />)}
      </Answered>
    </>
  )
}

function SomeRuns({ runs }: { readonly runs: Answer<'runs'> }): ReactNode {
  const { live, rounds, tokens, miners, validators, earned } = totalsOf(runs)
  return (
    <Stack>
      <Stats
        of={[
          { name: 'Runs', value: countText(runs.length), note: `${countText(live)} under way` },
          { name: 'Tokens trained', value: tokens === null ? '–' : compactText(tokens), note: 'in all runs' },
          { name: 'Rounds', value: countText(rounds) },
          {
            name: 'Participants',
            value: countText(miners + validators),
            note: `${countText(miners)} miners, ${countText(validators)} validators`,
          },
          { name: 'Paid out', value: <Amount of={earned} token={TSRA} digits={2} />, note: 'of settled epochs' },
        ]}
      />
      <h2 className="visually-hidden">Each run</h2>
      {inOrder(runs).map((run) => (
        <RunCard key={run.run} of={run} />
      ))}
      <EmissionPanel runs={runs} />
    </Stack>
  )
}

function NoRuns(): ReactNode {
  return (
    <Notice title="No run yet">
      <p>
        Anyone can create one: <code>tessera run create</code> fixes its model, its data and its rules, and nobody can
        change them after. It shows here with its first block.
      </p>
    </Notice>
  )
}
