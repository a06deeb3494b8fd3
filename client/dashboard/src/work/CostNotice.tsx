// Says what working a checkpoint out takes, before it is begun.

import type { ReactNode } from 'react'
import { Button } from '../components/Button.tsx'
import { Notice } from '../components/Notice.tsx'
import { bytesText, countText } from '../format/numbers.ts'
import type { Cost } from './messages.ts'

export interface CostNoticeProps {
  readonly cost: Cost & { readonly agree: () => void }
  readonly onCancel: () => void
}

export function CostNotice({ cost, onCancel }: CostNoticeProps): ReactNode {
  const { rounds, bytes, agree } = cost
  return (
    <Notice kind="warn" title="This takes a while">
      <p>
        Nobody is believed: {bytesText(bytes)} are fetched and {countText(rounds)} rounds worked out in this browser.
        What is done stays here for the next visit.
      </p>
      <p>
        <Button kind="main" onClick={agree}>
          Fetch {bytesText(bytes)}
        </Button>{' '}
        <Button onClick={onCancel}>Do not</Button>
      </p>
    </Notice>
  )
}
