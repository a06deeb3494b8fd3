// What a round costs: bytes that were revealed, gas, time.

import { type ReactNode, useMemo } from 'react'
import { LineChart } from '../charts/LineChart.tsx'
import { Grid } from '../components/Grid.tsx'
import { Panel } from '../components/Panel.tsx'
import { countText } from '../format/numbers.ts'
import type { Series } from '../queries/mergeSeries.ts'
import styles from './CostPanel.module.css'
import { type Cost, costSummary, costsOf } from './summaries.ts'

export function CostPanel({ series }: { readonly series: Series }): ReactNode {
  const costs = useMemo(() => costsOf(series), [series])
  return (
    <Panel
      title="What a round costs"
      about="Bytes of revealed blobs, gas of every transaction of the round, and its time."
    >
      <Grid column={18}>
        {costs.map((cost, at) => (
          <CostChart key={cost.name} cost={cost} rounds={series.round} colour={at + 2} />
        ))}
      </Grid>
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
  const axis = useMemo(() => ({ name: 'Round', values: rounds, text: countText }), [rounds])
  const lines = useMemo(() => [{ ...cost, colour, area: true }], [cost, colour])
  return (
    <div>
      <p className={styles.words}>{summary}</p>
      <LineChart summary={summary} axis={axis} lines={lines} height={150} />
    </div>
  )
}
