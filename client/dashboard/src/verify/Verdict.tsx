// What all steps together come to, in one look.

import type { ReactNode } from 'react'
import { Button } from '../components/Button.tsx'
import { Notice } from '../components/Notice.tsx'
import type { JobView } from '../work/useJob.ts'
import type { StepState } from './stepLog.ts'

export interface VerdictProps {
  readonly job: JobView<unknown>
  readonly onCancel: () => void
  readonly onAgain: () => void
}

export function Verdict({ job, onCancel, onAgain }: VerdictProps): ReactNode {
  const { state, steps } = job
  const count = (wanted: StepState): number => steps.filter((step) => step.state === wanted).length
  const again = <Button onClick={onAgain}>Check again</Button>
  // Idle: its start is a moment away.
  if (state === 'running' || state === 'idle')
    return (
      <Notice title="Checking">
        <p>
          {count('green')} of {steps.length} steps are right so far{count('red') > 0 && `, ${count('red')} wrong`}. All
          of it happens in this browser.
        </p>
        <Button onClick={onCancel}>Stop</Button>
      </Notice>
    )
  if (count('red') > 0)
    return (
      <Notice kind="bad" title={count('red') === 1 ? 'One step is wrong' : `${count('red')} steps are wrong`}>
        <p>What is claimed is not what comes out here. Each red step says what differs, and what to do.</p>
        {again}
      </Notice>
    )
  if (state === 'cancelled')
    return (
      <Notice kind="warn" title="Stopped">
        {again}
      </Notice>
    )
  const skipped = count('skipped')
  return (
    <Notice
      kind={skipped === 0 ? 'good' : 'warn'}
      title={skipped === 0 ? 'Everything is right' : 'What was checked is right'}
    >
      <p>
        {count('green')} steps are right{skipped > 0 && `; ${skipped} could not be shown, each says why`}.
      </p>
      {again}
    </Notice>
  )
}
