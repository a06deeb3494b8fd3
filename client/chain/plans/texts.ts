// Amounts, costs and times in the words of plans: exact, with their units.

/** The symbol that Token.sol gives itself. */
export const SYMBOL = 'TSRA'
/** Of ether and of the deployment's token. */
const WEI_DECIMALS = 18
const LAST_MOMENT = 8_640_000_000_000n
const SPANS: readonly (readonly [string, bigint])[] = [
  ['day', 86_400n],
  ['hour', 3_600n],
  ['minute', 60n],
  ['second', 1n],
]

/** `12.5 TSRA`, exactly. */
export function tokens(wei: bigint): string {
  return `${decimalText(wei, WEI_DECIMALS)} ${SYMBOL}`
}

/** `0.0021 ETH`: three digits that count, rounded up, since it is a cost. */
export function cost(wei: bigint): string {
  const unit = 10n ** BigInt(Math.max(0, wei.toString().length - 3))
  return ether(((wei + unit - 1n) / unit) * unit)
}

/** `12.5 %`, from parts of 10 000. */
export function percent(bps: bigint): string {
  return `${Number(bps) / 100} %`
}

/** Exactly. */
export function ether(wei: bigint): string {
  return `${decimalText(wei, WEI_DECIMALS)} ETH`
}

/** `2026-11-29 22:30:00 UTC`, from unix seconds. */
export function moment(seconds: bigint): string {
  if (seconds > LAST_MOMENT) return 'never'
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** `7 days`, `1 hour 30 minutes`. */
export function span(seconds: bigint): string {
  const parts: string[] = []
  let left = seconds
  for (const [name, size] of SPANS) {
    const count = left / size
    left %= size
    if (count > 0n) parts.push(`${count} ${name}${count === 1n ? '' : 's'}`)
  }
  return parts.length === 0 ? '0 seconds' : parts.slice(0, 2).join(' ')
}

/** Exactly, without zeros at the end. */
export function decimalText(units: bigint, decimals: number): string {
  const digits = units.toString().padStart(decimals + 1, '0')
  const point = digits.length - decimals
  const fraction = digits.slice(point).replace(/0+$/, '')
  return fraction === '' ? digits.slice(0, point) : `${digits.slice(0, point)}.${fraction}`
}
