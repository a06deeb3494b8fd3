// What came when, in one token: each epoch, or all together.

import { type ReactNode, useMemo, useState } from 'react'
import { LineChart } from '../charts/LineChart.tsx'
import type { TokenLike } from '../components/Amount.tsx'
import { Button } from '../components/Button.tsx'
import { amountText } from '../format/amounts.ts'
import { visibleLine } from '../format/hostile.ts'
import { countText, shortHex } from '../format/numbers.ts'
import type { Earning } from './exports.ts'
import styles from './Holder.module.css'
import { type EarningPoint, pointsOf } from './history.ts'

export interface EarningsChartProps {
  readonly rows: readonly Earning[]
  readonly token: TokenLike
}

export function EarningsChart({ rows, token }: EarningsChartProps): ReactNode {
  const [isSummed, setSummed] = useState(true)
  const chart = useMemo(() => chartOf(pointsOf(rows, token.address), token, isSummed), [rows, token, isSummed])
  if (chart === undefined) return null
  return (
    <div className={styles.chart}>
      <div className={styles.chartHead}>
        <p>{chart.summary}.</p>
        <fieldset className={styles.ways}>
          <legend className="visually-hidden">What the chart shows</legend>
          <Button pressed={isSummed} onClick={() => setSummed(true)}>
            In all
          </Button>
          <Button pressed={!isSummed} onClick={() => setSummed(false)}>
            Each epoch
          </Button>
        </fieldset>
      </div>
      <LineChart {...chart} height={220} />
    </div>
  )
}

function chartOf(points: readonly EarningPoint[], token: TokenLike, isSummed: boolean) {
  const last = points.at(-1)
  // A line needs two ends.
  if (last === undefined || points.length < 2) return undefined
  const symbol = visibleLine(token.symbol ?? '', 16) || shortHex(token.address)
  const scale = 10 ** (token.decimals ?? 0)
  // Drawn in pixels: the exact amounts stand in the list.
  const values = points.map(({ amount, sum }) => Number(isSummed ? sum : amount) / scale)
  const all = `${amountText(last.sum, { decimals: token.decimals, digits: 2 })} ${symbol}`
  return {
    summary: `Earned ${all} in ${countText(points.length)} epochs`,
    axis: { name: 'Settled', values: points.map(({ at }) => at), text: dayText },
    lines: [{ name: `${isSummed ? 'In all' : 'Each epoch'}, ${symbol}`, values, text: compactAmount, area: isSummed }],
  }
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 4 })

function compactAmount(value: number): string {
  return compact.format(value)
}

/** `11-28 21:40`, of unix seconds, UTC. */
function dayText(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(5, 16).replace('T', ' ')
}
