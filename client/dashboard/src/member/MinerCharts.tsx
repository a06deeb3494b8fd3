// How a miner's score came about, epoch after epoch: the score, what it is made of, and the rating behind it.

import { type ReactNode, useMemo } from 'react'
import { type Line, LineChart } from '../charts/LineChart.tsx'
import { Grid } from '../components/Grid.tsx'
import { Panel } from '../components/Panel.tsx'
import { countText, percentText } from '../format/numbers.ts'
import { type MinerEpoch, minerHistory, paidSummary } from './history.ts'

const fixed = (digits: number) => (value: number) => value.toFixed(digits)
const part = (value: number): string => percentText(value)

export function MinerCharts({ epochs }: { readonly epochs: readonly MinerEpoch[] }): ReactNode {
  const charts = useMemo(() => {
    const history = minerHistory(epochs)
    const line = (name: string, values: Line['values'], text: Line['text'], colour: number): Line => ({
      name,
      values,
      text,
      colour,
    })
    return {
      axis: { name: 'Epoch', values: history.epochs, text: countText },
      score: [{ ...line('Score of 100', history.score, fixed(1), 2), area: true }],
      made: [
        line('Quality', history.quality, part, 1),
        line('Unique', history.unique, part, 3),
        line('Validity', history.validity, part, 4),
      ],
      rating: [
        line('μ + σ', history.high, fixed(1), 3),
        line('μ', history.mu, fixed(1), 5),
        line('μ − σ', history.low, fixed(1), 3),
      ],
    }
  }, [epochs])
  const about = `${paidSummary(epochs)} The score is the stake-weighted median of the validators; below it stand the medians of what their receipts say.`
  return (
    <Panel title="Score" about={about}>
      {epochs.length === 0 ? (
        <p className="quiet">The first score comes with the first settled epoch.</p>
      ) : (
        <>
          <LineChart
            summary={`Score by epoch. ${paidSummary(epochs)}`}
            axis={charts.axis}
            lines={charts.score}
            height={220}
          />
          <Grid column={22}>
            <div>
              <h3>What it is made of</h3>
              <LineChart
                summary="Quality, unique work and validity by epoch."
                axis={charts.axis}
                lines={charts.made}
                height={190}
              />
            </div>
            <div>
              <h3>Rating</h3>
              <LineChart
                summary="Rating by epoch, with its uncertainty."
                axis={charts.axis}
                lines={charts.rating}
                height={190}
              />
            </div>
          </Grid>
        </>
      )}
    </Panel>
  )
}
