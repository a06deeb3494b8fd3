// Every earning of a holder: where it came from, over time, as a list, as files.

import { type ReactNode, useMemo, useState } from 'react'
import { Answered } from '../components/Answered.tsx'
import { Choice } from '../components/Field.tsx'
import { Panel } from '../components/Panel.tsx'
import { visibleLine } from '../format/hostile.ts'
import { countText, shortHex } from '../format/numbers.ts'
import { EarningsChart } from './EarningsChart.tsx'
import { EarningsList } from './EarningsList.tsx'
import { ExportButtons } from './ExportButtons.tsx'
import type { Earning } from './exports.ts'
import styles from './Holder.module.css'
import type { Holder } from './HolderStats.tsx'
import { filtered, MOST_ROWS } from './history.ts'
import { useHistory } from './useHistory.ts'

const ALL = ''

export function HistoryPanel({ holder }: { readonly holder: Holder }): ReactNode {
  const { query, progress } = useHistory(holder)
  const what = progress === undefined ? 'earnings' : `earnings, ${progress.loaded} of ${progress.total}`
  return (
    <Panel
      title="Earnings"
      about="One row for each settled epoch, source and operator. Verify works each out again, from the chain and the blobs."
      tools={<ExportButtons holder={holder.address} />}
    >
      <Answered query={query} what={what}>
        {(rows) =>
          rows.length === 0 ? <p className="quiet">Nothing earned yet.</p> : <Earnings rows={rows} holder={holder} />
        }
      </Answered>
    </Panel>
  )
}

function Earnings({ rows, holder }: { readonly rows: readonly Earning[]; readonly holder: Holder }): ReactNode {
  const [run, setRun] = useState(ALL)
  const [token, setToken] = useState(ALL)
  const runs = useMemo(() => [...new Set(rows.map((row) => row.run))].sort((a, b) => a - b), [rows])
  const tokens = useMemo(() => [...new Map(rows.map((row) => [row.token.address, row.token])).values()], [rows])
  const shown = useMemo(
    () => filtered(rows, { run: run === ALL ? undefined : Number(run), token: token === ALL ? undefined : token }),
    [rows, run, token],
  )
  const charted = tokens.find(({ address }) => address === token) ?? tokens[0]
  return (
    <>
      <div className={styles.filters}>
        <Choice
          label="Run"
          value={run}
          onChange={setRun}
          options={[{ value: ALL, name: 'all' }, ...runs.map((each) => ({ value: `${each}`, name: `run ${each}` }))]}
        />
        <Choice
          label="Token"
          value={token}
          onChange={setToken}
          options={[
            { value: ALL, name: 'all' },
            ...tokens.map(({ address, symbol }) => ({
              value: address,
              name: `${visibleLine(symbol ?? '', 16)} ${shortHex(address)}`.trim(),
            })),
          ]}
        />
        <p className="quiet" role="status">
          {countText(shown.length)} of {countText(rows.length)} earnings
          {rows.length >= MOST_ROWS && '; older ones are in the files only'}
        </p>
      </div>
      {charted !== undefined && <EarningsChart rows={shown} token={charted} />}
      <EarningsList rows={shown} holder={holder.address} />
    </>
  )
}
