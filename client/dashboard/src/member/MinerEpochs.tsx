// Each settled epoch of a miner: what it was paid or why it was not, and what every validator's receipt says.

import type { Answer } from '@tessera/indexer/api/routes'
import { type ReactNode, useState } from 'react'
import { Button } from '../components/Button.tsx'
import { Panel } from '../components/Panel.tsx'
import { countText, percentText } from '../format/numbers.ts'
import { scoreText } from '../format/scores.ts'
import type { MinerEpoch } from './history.ts'
import styles from './MinerEpochs.module.css'
import { PaidCell } from './PaidCell.tsx'
import { ReceiptsOfEpoch } from './ReceiptsOfEpoch.tsx'

const FIRST = 12

export function MinerEpochs({ detail }: { readonly detail: Answer<'miner'> }): ReactNode {
  const [isWhole, setWhole] = useState(false)
  const epochs = isWhole ? detail.minerEpochs : detail.minerEpochs.slice(0, FIRST)
  const rest = detail.minerEpochs.length - epochs.length
  return (
    <Panel title="Epochs" about="Newest first. Open one to read what each validator measured, round by round.">
      {epochs.length === 0 && <p className="quiet">No epoch that it was in is settled yet.</p>}
      <ol className={styles.epochs}>
        {epochs.map((epoch) => (
          <li key={epoch.epoch}>
            <Epoch detail={detail} epoch={epoch} />
          </li>
        ))}
      </ol>
      {rest > 0 && <Button onClick={() => setWhole(true)}>Show {countText(rest)} earlier ones</Button>}
    </Panel>
  )
}

function Epoch({ detail, epoch }: { readonly detail: Answer<'miner'>; readonly epoch: MinerEpoch }): ReactNode {
  const [isOpen, setOpen] = useState(false)
  const { activeRounds, includedRounds, median, part } = epoch
  return (
    <article className={styles.epoch}>
      <div className={styles.row}>
        <h3>
          <button type="button" className={styles.open} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> Epoch {countText(epoch.epoch)}
          </button>
        </h3>
        <p>
          <b>{scoreText(median)}</b> <span className="quiet">of 100</span>
        </p>
        <p>
          {includedRounds} of {activeRounds} <span className="quiet">rounds included</span>
        </p>
        <p>
          {percentText(part)} <span className="quiet">of the miners’ part</span>
        </p>
        <div className={styles.paid}>
          <PaidCell run={detail.run} operator={detail.operator} of={epoch} />
        </div>
      </div>
      {isOpen && <ReceiptsOfEpoch run={detail.run} epoch={epoch} />}
    </article>
  )
}
