// The phase of a run in one word, with a tile that beats while something is under way.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import styles from './Phase.module.css'

type PhaseName = Answer<'run'>['summary']['phase']

const WORDS: Readonly<Record<PhaseName, string>> = {
  Idle: 'waiting to begin',
  Train: 'training',
  Commit: 'committing',
  Reveal: 'revealing',
  Attest: 'attesting',
  Ended: 'ended',
}

export function Phase({ of }: { readonly of: PhaseName }): ReactNode {
  const isLive = of !== 'Idle' && of !== 'Ended'
  return (
    <span className={isLive ? styles.live : styles.still}>
      <i aria-hidden="true" />
      {WORDS[of]}
    </span>
  )
}
