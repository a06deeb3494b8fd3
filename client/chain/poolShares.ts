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
