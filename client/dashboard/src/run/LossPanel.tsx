// Does the run learn? The loss on held-out text against rounds or against tokens.

import { type ReactNode, useMemo, useState } from 'react'
import { LineChart } from '../charts/LineChart.tsx'
import { Choice } from '../components/Choice.tsx'
import { Panel } from '../components/Panel.tsx'
import { compactText, countText, lossText } from '../format/numbers.ts'
import type { Series } from '../queries/mergeSeries.ts'
import { lossSummary } from './summaries.ts'

export function LossPanel({ series }: { readonly series: Series }): ReactNode {
  const [against, setAgainst] = useState<'rounds' | 'tokens'>('rounds')
  const summary = lossSummary(series)
  const chart = useMemo(() => {
    const x = against === 'rounds' ? series.round : series.tokens
    const known = series.loss.flatMap((loss, at) => {
      const value = x[at]
      return loss === null || typeof value !== 'number' ? [] : [{ value, loss }]
    })
    return {
      axis: {
        name: against === 'rounds' ? 'Round' : 'Tokens',
        values: known.map(({ value }) => value),
        text: against === 'rounds' ? countText : compactText,
      },
      lines: [{ name: 'Held-out loss', values: known.map(({ loss }) => loss), text: lossText }],
    }
  }, [series, against])
  return (
    <Panel
      title="Loss"
      about={`${summary} In nats per token, measured by the observer of this indexer on text that nobody trains on.`}
      tools={
        <Choice
          label="Loss against"
          options={[
            ['rounds', 'Rounds'],
            ['tokens', 'Tokens'],
          ]}
          chosen={against}
          onChoose={setAgainst}
        />
      }
    >
      {chart.axis.values.length === 0 ? (
        <p className="quiet">The first measurement comes after the first final round.</p>
      ) : (
        <LineChart summary={summary} height={300} {...chart} />
      )}
    </Panel>
  )
}
