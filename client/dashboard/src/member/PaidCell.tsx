// What an epoch paid, each amount with the way to check it; the reason in words when it paid nothing.

import type { Hex } from '@tessera/protocol/hex'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Amount } from '../components/Amount.tsx'
import { Reason } from '../components/Reason.tsx'
import { to } from '../paths.ts'
import type { MinerEpoch, ValidatorEpoch } from './history.ts'
import styles from './PaidCell.module.css'

export interface PaidCellProps {
  readonly run: number
  readonly operator: Hex
  readonly of: MinerEpoch | ValidatorEpoch
}

export function PaidCell({ run, operator, of: { epoch, paid, zero } }: PaidCellProps): ReactNode {
  if (zero !== null) return <Reason code={zero} />
  return (
    <ul className={styles.paid}>
      {paid.map(({ source, token, amount }) => (
        <li key={source}>
          <Amount of={amount} token={token} />{' '}
          <Link
            href={to.verifyPayout({ run, epoch, operator, holder: operator, source })}
            aria-label={`Verify what epoch ${epoch} paid of source ${source}`}
          >
            Verify
          </Link>
        </li>
      ))}
    </ul>
  )
}
