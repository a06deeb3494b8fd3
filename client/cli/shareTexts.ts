// Shares of pots, for people.

/** A share of 2^64 in percent, to six decimals, rounded down. For people: what is paid is worked out from the share itself. */
export function amountOfShare(share: bigint): string {
  const millionths = ((share * 100_000_000n) >> 64n).toString().padStart(7, '0')
  return `${millionths.slice(0, -6)}.${millionths.slice(-6)}`.replace(/\.?0+$/, '')
}
