// Whether the text that the indexer shows for a checkpoint is what the checkpoint writes: written here once more, and compared.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Badge } from '../components/Badge.tsx'
import { Button } from '../components/Button.tsx'
import { Failure } from '../components/Failure.tsx'
import type { WorkClient } from '../work/client.ts'
import { useJob } from '../work/useJob.ts'
import styles from './ModelPanel.module.css'

export interface SampleCheckProps {
  readonly work: WorkClient
  /** Of the panel. */
  readonly title: string
  /** Null: the indexer has none of this checkpoint. */
  readonly sample: Answer<'checkpoints'>['rows'][number]['sample']
  /** The model is writing something else. */
  readonly busy: boolean
}

export function SampleCheck({ work, title, sample, busy }: SampleCheckProps): ReactNode {
  const job = useJob(work, 'sample')
  if (sample === null) return <p className="quiet">The indexer shows no text of this checkpoint to compare with.</p>
  const { prompt, seed, temperature, topK, maxTokens } = sample
  const check = (): void => job.start({ prompt, seed, temperature, topK, maxTokens })
  const written = job.state === 'done' ? job.result?.text : undefined
  return (
    <section className={styles.writer} aria-label={`${title}: the indexer’s sample`}>
      <div className={styles.head}>
        <h3>The indexer’s sample</h3>
        <Button onClick={check} busy={job.state === 'running'} disabled={busy}>
          Write it here, too
        </Button>
      </div>
      <p className={styles.text}>{sample.text}</p>
      {job.state === 'failed' && <Failure error={job.error} onRetry={check} />}
      <div role="status" data-testid="sample">
        {written === sample.text && <Badge kind="good">the same text</Badge>}
        {written !== undefined && written !== sample.text && (
          <>
            <Badge kind="bad">another text</Badge>
            <p className={styles.text}>{written}</p>
            <p className="quiet">
              Either the indexer’s text is not of this checkpoint, or two processors round so differently that a close
              choice went the other way.
            </p>
          </>
        )}
      </div>
    </section>
  )
}
