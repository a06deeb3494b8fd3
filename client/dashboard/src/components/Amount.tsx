// An amount of a token: short for the eye, exact in its title and for who has it read out.

import type { ReactNode } from 'react'
import { amountText, exactAmount } from '../format/amounts.ts'
import { visibleLine } from '../format/hostile.ts'
import { shortHex } from '../format/numbers.ts'
import { useNetwork } from '../network/NetworkContext.tsx'

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
  const symbol = useSymbol(token)
  return (
    <data value={of.toString()} title={`${exactAmount(of, decimals)} ${symbol}`} style={{ whiteSpace: 'nowrap' }}>
      {amountText(of, { decimals, digits })}
      {!bare && <> {symbol}</>}
    </data>
  )
}

/** Only the network's own token is called by its name: another that takes it is told by its address. */
function useSymbol({ address, symbol }: TokenLike): string {
  const { deployment } = useNetwork()
  if (address === '' || address === deployment.token.toLowerCase()) return SYMBOL
  const said = symbol === null ? '' : visibleLine(symbol, 32)
  return said === '' || said.toUpperCase() === SYMBOL ? shortHex(address) : said
}

const SYMBOL = 'TSRA'

/** The network's own token, whose digits are fixed by its contract. */
export const TSRA: TokenLike = { address: '', symbol: SYMBOL, decimals: 18 }
