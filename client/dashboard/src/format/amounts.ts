// Amounts of tokens for people: never rounded up, never without saying what they are in, the exact value always at hand.

export interface AmountFormat {
  /** Digits after the point of one unit of the token; null when its contract does not say. */
  readonly decimals: number | null
  /** Digits after the point that are shown at most. */
  readonly digits?: number
}

const GROUP = '\u2009' // thin space: figures stay one word

/** `12 345.6789`, cut and not rounded; `<0.0001` for what would look like nothing. Units of the token when decimals are not known. */
export function amountText(amount: bigint, { decimals, digits = 4 }: AmountFormat): string {
  const sign = amount < 0n ? '−' : ''
  const size = amount < 0n ? -amount : amount
  if (decimals === null) return `${sign}${grouped(size.toString())}`
  const unit = 10n ** BigInt(decimals)
  const whole = size / unit
  const fraction = (size % unit).toString().padStart(decimals, '0')
  const shown = fraction.slice(0, digits).replace(/0+$/, '')
  if (size !== 0n && whole === 0n && shown === '') return `${sign}<0.${'0'.repeat(Math.max(0, digits - 1))}1`
  return `${sign}${grouped(whole.toString())}${shown === '' ? '' : `.${shown}`}`
}

/** Every digit: `12345.678900000000000001`. */
export function exactAmount(amount: bigint, decimals: number | null): string {
  if (decimals === null || decimals === 0) return amount.toString()
  const size = amount < 0n ? -amount : amount
  const text = size.toString().padStart(decimals + 1, '0')
  const fraction = text.slice(-decimals).replace(/0+$/, '')
  return `${amount < 0n ? '-' : ''}${text.slice(0, -decimals)}${fraction === '' ? '' : `.${fraction}`}`
}

/** The amount that a person typed, in units of the token; undefined when it is none or has more digits than the token. */
export function parseAmount(typed: string, decimals: number): bigint | undefined {
  const match = /^(\d{1,60})(?:\.(\d{1,60}))?$/.exec(typed.trim().replace(/[\s\u2009,]/g, ''))
  if (match === null) return undefined
  const [, whole = '', fraction = ''] = match
  if (fraction.length > decimals) return undefined
  return BigInt(whole + fraction.padEnd(decimals, '0'))
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, GROUP)
}
