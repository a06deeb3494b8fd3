// Every miner, or every validator, of a round as one tile with its slot: who has done what, in one look. In words below.

import type { Hex } from '@tessera/protocol/hex'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { shortHex } from '../format/numbers.ts'
import { TileIcon } from '../mosaic/TileIcon.tsx'
import type { TileState } from '../mosaic/tiles.ts'
import { to } from '../paths.ts'
import styles from './RoleTiles.module.css'

export interface RoleTile {
  readonly slot: number
  readonly operator: Hex
  readonly tile: TileState
  readonly words: string
  readonly leads?: boolean
}

export interface RoleTilesProps {
  readonly run: number
  readonly of: 'miner' | 'validator'
  readonly members: readonly RoleTile[]
}

export function RoleTiles({ run, of: role, members }: RoleTilesProps): ReactNode {
  const name = role === 'miner' ? 'Miners' : 'Validators'
  const states = [...new Map(members.map((member) => [member.words, member.tile]))]
  return (
    <div>
      <h3 className={styles.name}>
        {name} <span className="quiet">{members.length}</span>
      </h3>
      <ul className={styles.tiles}>
        {members.map(({ slot, operator, tile, words, leads = false }) => (
          <li key={slot}>
            <Link
              href={to.member(run, role, operator)}
              className={styles.tile}
              title={`${role} ${slot}, ${shortHex(operator)}: ${words}${leads ? ', leads' : ''}`}
              aria-label={`${role} ${slot}: ${words}${leads ? ', leads' : ''}`}
            >
              <TileIcon state={tile} size={26} />
              <span className={styles.slot}>
                {slot}
                {leads && <b title="leads this round"> ★</b>}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <ul className={styles.words}>
        {states.map(([words, tile]) => (
          <li key={words}>
            <TileIcon state={tile} /> {members.filter((member) => member.words === words).length} {words}
          </li>
        ))}
        {members.some(({ leads }) => leads === true) && <li>★ leads</li>}
        {members.length === 0 && <li>none</li>}
      </ul>
    </div>
  )
}
