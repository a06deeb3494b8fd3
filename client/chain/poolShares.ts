// What shares of a pool of stake are worth, and how many an amount takes: the arithmetic of PoolLib. Asks nobody.

export interface Pool {
  /** Wei of all stake, unbonding stake included. */
  readonly assets: bigint
  /** Of all holders, unbonding ones included. */
  readonly shares: bigint
}

/** Wei, rounded down as the contract does. */
export function valueOfShares({ assets, shares: all }: Pool, shares: bigint): bigint {
  return shares === 0n || all === 0n ? 0n : (shares * assets) / all
}

/**
 * The fewest shares that are worth an amount. Rounded up, which never asks for more than there is: a <= floor(h A / S) means
 * a S / A <= h, and h is whole. A share is worth 1 wei at most, so they are worth the amount exactly.
 */
export function sharesWorth({ assets, shares: all }: Pool, amount: bigint): bigint {
  return assets === 0n ? 0n : (amount * all + assets - 1n) / assets
}

/** A holder's part of an operator's pool at a moment, and what the operator keeps of rewards. */
export interface Holding {
  /** Active shares of all holders. */
  readonly allShares: bigint
  /** Active shares of this one. */
  readonly shares: bigint
  /** In 1/10 000. */
  readonly commissionBps: bigint
}

/**
 * A holder's part of what an operator's pool has earned (SplitLib): the commission is the operator's, the rest is divided by shares.
 * @param own Whether the holder is the operator itself.
 */
export function holderPart(
  amount: bigint,
  { allShares, shares, commissionBps }: Holding,
  own: boolean,
): { readonly commission: bigint; readonly part: bigint } {
  if (allShares === 0n) return { commission: 0n, part: own ? amount : 0n }
  const commission = (amount * commissionBps) / 10_000n
  const part = ((amount - commission) * shares) / allShares
  return { commission, part: own ? part + commission : part }
}
