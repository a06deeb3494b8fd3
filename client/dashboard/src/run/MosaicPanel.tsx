// The floor that the run has laid so far: who was there, what was included, how validators voted, round after round.

import type { Answer } from '@tessera/indexer/api/routes'
import { type ReactNode, useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { Panel } from '../components/Panel.tsx'
import { columnsOf } from '../mosaic/columns.ts'
import { Legend } from '../mosaic/Legend.tsx'
import type { MosaicPoint, MosaicRow } from '../mosaic/layout.ts'
import { Mosaic } from '../mosaic/Mosaic.tsx'
import { to } from '../paths.ts'
import type { Series } from '../queries/mergeSeries.ts'
import { MosaicReadout } from './MosaicReadout.tsx'
import { mosaicSummary } from './summaries.ts'

export interface MosaicPanelProps {
  readonly run: Answer<'run'>
  readonly series: Series
}

export function MosaicPanel({ run, series }: MosaicPanelProps): ReactNode {
  const [, navigate] = useLocation()
  const [point, setPoint] = useState<MosaicPoint & MosaicRow>()
  const columns = useMemo(() => columnsOf(series, run.live), [series, run.live])
  const summary = mosaicSummary(series)
  const id = run.summary.run
  return (
    <Panel title="Mosaic" about={`${summary} One column a round, one row a member.`}>
      {columns.round.length === 0 ? (
        <p className="quiet">The first tiles are laid in the first round.</p>
      ) : (
        <>
          <MosaicReadout run={id} columns={columns} members={run.members} point={point} />
          <Mosaic
            columns={columns}
            summary={`Mosaic of run ${id}. ${summary}`}
            onPoint={setPoint}
            onOpen={(round) => navigate(to.round(id, round))}
          />
          <Legend label="Miners" states={['included', 'revealed', 'committed', 'absent']} />
          <Legend label="Validators" states={['attested', 'worse', 'refused', 'absent']} />
        </>
      )}
    </Panel>
  )
}
