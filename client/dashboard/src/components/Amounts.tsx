// Amounts of several tokens, one a line; a dash for none.

import type { ReactNode } from 'react'
import { Amount, type TokenLike } from './Amount.tsx'

export interface AmountsProps {
  readonly of: readonly { readonly source: number; readonly token: TokenLike; readonly amount: bigint }[]
  readonly digits?: number
}

export function Amounts({ of, digits = 2 }: AmountsProps): ReactNode {
  if (of.length === 0) return <span>–</span>
  return of.map(({ source, token, amount }) => (
    <span key={source} style={{ display: 'block' }}>
      <Amount of={amount} token={token} digits={digits} />
    </span>
  ))
}
