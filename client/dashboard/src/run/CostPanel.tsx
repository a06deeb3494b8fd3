// What a round costs: bytes that were revealed, gas, time.

import { type ReactNode, useMemo } from 'react'
import { LineChart } from '../charts/LineChart.tsx'
import { thin } from '../charts/thin.ts'
import { Grid } from '../components/Grid.tsx'
import { Panel } from '../components/Panel.tsx'
import { countText } from '../format/numbers.ts'
import type { Series } from '../queries/mergeSeries.ts'
import styles from './CostPanel.module.css'
import { type Cost, costSummary, costsOf } from './summaries.ts'

/** As many as can be told apart at the chart's width. */
const MOST_POINTS = 240

export function CostPanel({ series }: { readonly series: Series }): ReactNode {
  const costs = useMemo(() => costsOf(series), [series])
  return (
    <Panel
      title="What a round costs"
      about="Bytes of revealed blobs, gas of every transaction of the round, and its time."
    >
      {series.round.length === 0 ? (
        <p className="quiet">No round is over yet.</p>
      ) : (
        <Grid column={18}>
          {costs.map((cost, at) => (
            <CostChart key={cost.name} cost={cost} rounds={series.round} colour={at + 2} />
          ))}
        </Grid>
      )}
    </Panel>
  )
}

function CostChart({
  cost,
  rounds,
  colour,
}: {
  readonly cost: Cost
  readonly rounds: readonly number[]
  readonly colour: number
}): ReactNode {
  const summary = costSummary(cost)
  const { each, axis, lines } = useMemo(() => {
    const thinned = thin(rounds, cost.values, MOST_POINTS)
    return {
      each: thinned.each,
      axis: { name: 'Round', values: thinned.axis, text: countText },
      lines: [{ ...cost, values: thinned.values, colour, area: true }],
    }
  }, [rounds, cost, colour])
  return (
    <div>
      <p className={styles.words}>
        {summary} {each > 1 && `Each point is the median of ${each} rounds.`}
      </p>
      <LineChart summary={summary} axis={axis} lines={lines} height={150} />
    </div>
  )
}
