// The tile under the pointer, or under the keys, in words.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Identity } from '../components/Identity.tsx'
import { countText } from '../format/numbers.ts'
import { reasonText } from '../format/reasons.ts'
import { type MosaicColumns, type MosaicPoint, type MosaicRow, stateAt } from '../mosaic/layout.ts'
import { TileIcon } from '../mosaic/TileIcon.tsx'
import { tiles } from '../mosaic/tiles.ts'
import { to } from '../paths.ts'
import styles from './MosaicReadout.module.css'

export interface MosaicReadoutProps {
  readonly run: number
  readonly columns: MosaicColumns
  readonly members: Answer<'run'>['members']
  readonly point: (MosaicPoint & MosaicRow) | undefined
}

export function MosaicReadout({ run, columns, members, point }: MosaicReadoutProps): ReactNode {
  const round = point === undefined ? undefined : columns.round[point.column]
  if (point === undefined || round === undefined)
    return <p className={styles.readout}>Point at a tile, tap it, or go through them with the arrow keys.</p>
  const state = stateAt(columns, point, point.column)
  const isLive = columns.isLive && point.column === columns.round.length - 1
  const reason = columns.void[point.column] ?? ''
  const member = members.find(({ role, slot }) => role === point.role && slot === point.slot)
  const words =
    isLive && state === 'committed' ? 'committed' : isLive && state === 'revealed' ? 'revealed' : tiles[state].words
  return (
    <p className={styles.readout} aria-live="polite">
      <Link href={to.round(run, round)}>Round {countText(round)}</Link>
      <span>
        epoch {countText(columns.epoch[point.column] ?? 0)},{' '}
        {isLive ? 'under way' : reason === '' ? 'final' : `void: ${reasonText(reason)}`}
      </span>
      <span className={styles.tile}>
        <TileIcon state={state} />
        {point.role} {point.slot}: {words}
      </span>
      {/* Whoever has the slot now need not have had it then. */}
      {member !== undefined && round >= member.activeFrom && (
        <Identity hex={member.operator} href={to.member(run, point.role, member.operator)} />
      )}
    </p>
  )
}
