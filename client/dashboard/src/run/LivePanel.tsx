// The round under way: how long its phase has, who has done what, and which epochs are being scored.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Countdown } from '../components/Moment.tsx'
import { Panel } from '../components/Panel.tsx'
import { countText } from '../format/numbers.ts'
import type { TileState } from '../mosaic/tiles.ts'
import { to } from '../paths.ts'
import styles from './LivePanel.module.css'
import { PhaseBar } from './PhaseBar.tsx'
import { RoleTiles } from './RoleTiles.tsx'

type Run = Answer<'run'>
type Live = NonNullable<Run['live']>

export function LivePanel({ run }: { readonly run: Run }): ReactNode {
  const { live, summary, openEpochs } = run
  const scored = openEpochs.filter(({ phase }) => phase !== 'Open')
  if (live === null && scored.length === 0) return <Still phase={summary.phase} miners={summary.miners.active} />
  const id = summary.run
  return (
    <Panel
      title={live === null ? 'Being scored' : `Round ${countText(live.round)}, now`}
      about={live === null ? undefined : whatHappens(live.phase)}
      tools={live !== null && <Link href={to.round(id, live.round)}>Round {countText(live.round)}</Link>}
    >
      <div className={styles.live}>
        {live !== null && <PhaseBar live={live} params={run.params} />}
        {live !== null && <LiveTiles run={id} live={live} />}
        {scored.map((epoch) => (
          <p key={epoch.epoch} className={styles.score}>
            <b>Epoch {countText(epoch.epoch)} is being scored.</b>{' '}
            {epoch.phase === 'Commit'
              ? `${epoch.committed.length} of ${epoch.validators.length} validators have committed their scores`
              : `${epoch.revealed.length} of ${epoch.committed.length} validators have revealed their scores`}
            {epoch.deadline !== null && (
              <>
                ; due in <Countdown until={epoch.deadline} />
              </>
            )}
            .
          </p>
        ))}
      </div>
    </Panel>
  )
}

function LiveTiles({ run, live }: { readonly run: number; readonly live: Live }): ReactNode {
  return (
    <div className={styles.roles}>
      <RoleTiles
        run={run}
        of="miner"
        members={live.miners.map(({ slot, operator, state }) => {
          const isIncluded = state === 'revealed' && live.included.includes(slot)
          const tile: TileState = isIncluded ? 'included' : state
          return { slot, operator, tile, words: isIncluded ? 'in the proposal' : state }
        })}
      />
      <RoleTiles
        run={run}
        of="validator"
        members={live.validators.map(({ slot, operator, vote, leads }) => ({
          slot,
          operator,
          tile: vote ?? 'waiting',
          words: { attested: 'attested', refused: 'refused', worse: 'measured worse', none: 'waiting' }[vote ?? 'none'],
          leads,
        }))}
      />
    </div>
  )
}

function Still({ phase, miners }: { readonly phase: Run['summary']['phase']; readonly miners: number }): ReactNode {
  return (
    <Panel title={phase === 'Ended' ? 'This run has ended' : 'No round is under way'}>
      <p className="quiet">
        {phase === 'Ended'
          ? 'Its checkpoints stay, and what it paid can be claimed.'
          : miners === 0
            ? 'The first round opens when miners and validators have joined.'
            : 'The next round opens when enough validators and a pot are there.'}
      </p>
    </Panel>
  )
}

function whatHappens(phase: Live['phase']): string {
  const words: Readonly<Record<Live['phase'], string>> = {
    Idle: 'The round has not begun.',
    Train: 'Miners train from the same state, each on the samples drawn for it.',
    Commit: 'Miners commit to what they have found, before anyone shows anything.',
    Reveal: 'Miners show what they committed to.',
    Attest: 'The leader proposes the next state; validators work it out again and vote.',
    Ended: 'The run has ended.',
  }
  return words[phase]
}
