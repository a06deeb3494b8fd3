// What an operator keeps, and what it will keep if it has announced a change.

import type { ReactNode } from 'react'
import { Moment } from '../components/Moment.tsx'
import { bpsText } from '../format/numbers.ts'

export interface CommissionTextProps {
  readonly of: {
    readonly commissionBps: number
    readonly commissionNext: { readonly bps: number; readonly from: number } | null
  }
}

export function CommissionText({ of: { commissionBps, commissionNext } }: CommissionTextProps): ReactNode {
  return (
    <span>
      {bpsText(commissionBps)}
      {commissionNext !== null && (
        <>
          , {bpsText(commissionNext.bps)} <Moment at={commissionNext.from} />
        </>
      )}
    </span>
  )
}
