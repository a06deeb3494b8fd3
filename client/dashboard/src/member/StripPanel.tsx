// Every round that a member was active in: was it there?

import type { Answer } from '@tessera/indexer/api/routes'
import { type ReactNode, useMemo, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { Panel } from '../components/Panel.tsx'
import { countText } from '../format/numbers.ts'
import { Legend } from '../mosaic/Legend.tsx'
import type { MosaicColumns } from '../mosaic/layout.ts'
import { Mosaic } from '../mosaic/Mosaic.tsx'
import { TileIcon } from '../mosaic/TileIcon.tsx'
import { tileOf, tiles } from '../mosaic/tiles.ts'
import { to } from '../paths.ts'
import styles from './StripPanel.module.css'

export function StripPanel({ detail }: { readonly detail: Answer<'miner'> }): ReactNode {
  const { run, role, rounds, member } = detail
  const [, navigate] = useLocation()
  const [at, setAt] = useState<number>()
  const slot = member?.slot ?? 0
  const columns = useMemo((): MosaicColumns => {
    const cells = rounds.map(({ cell }) => '.'.repeat(slot) + cell.slice(0, 1))
    const none = rounds.map(() => '')
    return {
      round: rounds.map(({ round }) => round),
      epoch: rounds.map(() => 0),
      void: none,
      cells: role === 'miner' ? cells : none,
      votes: role === 'validator' ? cells : none,
      isLive: false,
    }
  }, [rounds, role, slot])
  const acted = rounds.filter(({ cell }) => cell !== 'a' && cell !== '.').length
  const summary = `${role === 'miner' ? 'It committed' : 'It voted'} in ${countText(acted)} of its last ${countText(rounds.length)} rounds.`
  const shown = at === undefined ? undefined : rounds[at]
  return (
    <Panel title="Rounds" about={summary}>
      {rounds.length === 0 ? (
        <p className="quiet">It has not been active in a round that is over.</p>
      ) : (
        <>
          <p className={styles.readout} aria-live="polite">
            {shown === undefined ? (
              'Point at a tile, tap it, or go through them with the arrow keys.'
            ) : (
              <>
                <Link href={to.round(run, shown.round)}>Round {countText(shown.round)}</Link>
                <TileIcon state={tileOf(role, shown.cell)} /> {tiles[tileOf(role, shown.cell)].words}
              </>
            )}
          </p>
          <Mosaic
            columns={columns}
            summary={summary}
            onPoint={(point) => setAt(point?.column)}
            onOpen={(round) => navigate(to.round(run, round))}
          />
          <Legend
            label=""
            states={
              role === 'miner'
                ? ['included', 'revealed', 'committed', 'absent']
                : ['attested', 'worse', 'refused', 'absent']
            }
          />
        </>
      )}
    </Panel>
  )
}
