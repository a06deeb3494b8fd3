// An amount of a token: short for the eye, exact in its title and for who has it read out.

import type { ReactNode } from 'react'
import { amountText, exactAmount } from '../format/amounts.ts'
import { visibleLine } from '../format/hostile.ts'
import { shortHex } from '../format/numbers.ts'

/** As the indexer tells of tokens; the symbol is the token's own word. */
export interface TokenLike {
  readonly address: string
  readonly symbol: string | null
  readonly decimals: number | null
}

export interface AmountProps {
  readonly of: bigint
  readonly token: TokenLike
  readonly digits?: number
  /** Without the symbol, where a heading has it. */
  readonly bare?: boolean
}

export function Amount({ of, token, digits = 4, bare = false }: AmountProps): ReactNode {
  const { decimals } = token
  const symbol = token.symbol === null ? shortHex(token.address) : visibleLine(token.symbol, 32)
  return (
    <data value={of.toString()} title={`${exactAmount(of, decimals)} ${symbol}`} style={{ whiteSpace: 'nowrap' }}>
      {amountText(of, { decimals, digits })}
      {!bare && <> {symbol}</>}
    </data>
  )
}

/** The network's own token, whose digits are fixed by its contract. */
export const TSRA: TokenLike = { address: '', symbol: 'TSRA', decimals: 18 }
