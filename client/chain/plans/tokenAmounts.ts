// Amounts of any ERC-20, read and written by the decimals that its own code says. A symbol proves nothing, so where money moves the
// address is told, too.

import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import { getTokenInfo } from '../actions/getTokenInfo.ts'
import type { Chain } from '../clients.ts'
import type { ReadOptions } from '../rpc.ts'
import { decimalText, SYMBOL } from './texts.ts'

/** Of amounts that were typed before it was known how many their token has. */
const TYPED_DECIMALS = 18

export interface KnownToken {
  readonly token: Hex
  readonly symbol: string | undefined
  readonly decimals: number | undefined
  /** The deployment's own. */
  readonly native: boolean
}

/** A token whose amounts can be told. */
export type CountedToken = KnownToken & { readonly decimals: number }

export async function tokenAt(chain: Chain, token: Hex, at: ReadOptions): Promise<KnownToken> {
  if (sameHex(token, chain.deployment.token)) return { token, symbol: SYMBOL, decimals: TYPED_DECIMALS, native: true }
  return { token, ...(await getTokenInfo(chain, { token }, at)), native: false }
}

/** Errors: `sponsor/bad-token`. */
export async function countedTokenAt(chain: Chain, token: Hex, at: ReadOptions): Promise<CountedToken> {
  const known = await tokenAt(chain, token, at)
  const { decimals } = known
  if (decimals !== undefined) return { ...known, decimals }
  throw new TesseraError('sponsor/bad-token', `what is at ${token} does not say how many decimals its amounts have`, {
    hint: 'Check that it is the address of an ERC-20 on this chain',
    context: { token },
  })
}

/**
 * An amount as it was typed, with 18 decimals, in units of the token.
 * @throws `sponsor/too-precise`
 */
export function unitsOf(amount: bigint, { token, decimals }: CountedToken): bigint {
  if (decimals >= TYPED_DECIMALS) return amount * 10n ** BigInt(decimals - TYPED_DECIMALS)
  const scale = 10n ** BigInt(TYPED_DECIMALS - decimals)
  if (amount % scale === 0n) return amount / scale
  throw new TesseraError('sponsor/too-precise', `the token ${token} has ${decimals} decimals only`, {
    hint: 'Give the amount with fewer decimals',
    context: { token, decimals },
  })
}

/**
 * `12.5 USDC`, exactly; by the token's address if it has no symbol or takes the name of the deployment's own, in its units if it has
 * no decimals.
 */
export function amountText(units: bigint, { token, symbol, decimals, native }: KnownToken): string {
  if (decimals === undefined) return `${units} units of ${token}`
  const isNamed = symbol !== undefined && (native || symbol !== SYMBOL)
  return `${decimalText(units, decimals)} ${isNamed ? symbol : `of ${token}`}`
}

/** What is to be known of a token that anyone can have made. */
export function tokenWarnings({ token, symbol, native }: KnownToken): readonly string[] {
  if (native) return []
  return [
    `the token is ${token}, whose own code says its name and decimals`,
    ...(symbol === SYMBOL ? [`it calls itself ${SYMBOL} and is not the token of this deployment`] : []),
  ]
}
