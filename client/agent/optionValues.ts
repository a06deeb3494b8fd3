// One option value from text and back: what each type accepts, in words, and how it is printed. Knows neither flags nor tables;
// options.ts turns a refusal into an error that names the option.

import { isAbsolute, resolve } from 'node:path'
import { toChecksumAddress } from './addressChecksum.ts'
import type { Option } from './optionTable.ts'

export interface Folders {
  readonly cwd: string
  readonly home: string
}

/** Thrown inside this pair of files only: the text is not a value of this type. */
export class Refusal {}

const refuse = (): never => {
  throw new Refusal()
}

const MAX_CHARACTERS = 4096
const MAX_ITEMS = 256
const MAX_WEI = 2n ** 256n - 1n
const MAX_DURATION = '366d'
const WEB_PROTOCOLS: readonly string[] = ['http', 'https', 'ws', 'wss']

// Largest first, so that printing finds the shortest exact form.
const DURATION_UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
]
const PLURALS = { string: 'strings', url: 'urls', path: 'paths', address: 'addresses' } as const
const WEI_DECIMALS: Readonly<Record<string, number>> = { ether: 18, token: 18, gwei: 9, wei: 0 }

/** The value that `text` writes for `option`; throws Refusal. For a list, `text` is one item list of commas. */
export function parseValue(option: Option, text: string, folders: Folders): unknown {
  // No value of any type holds a control character, and one in a path or URL is an attack or an accident.
  if (text.length > MAX_CHARACTERS * (option.type === 'list' ? 16 : 1) || /\p{Cc}/u.test(text)) refuse()
  switch (option.type) {
    case 'string':
      return textWithin(text, option.min, option.max)
    case 'integer':
      return wholeNumber(text, option.min ?? Number.MIN_SAFE_INTEGER, option.max ?? Number.MAX_SAFE_INTEGER)
    case 'number':
      return realNumber(text, option.min ?? -Number.MAX_VALUE, option.max ?? Number.MAX_VALUE)
    case 'port':
      return wholeNumber(text, 0, 65_535)
    case 'boolean':
      return truth(text)
    case 'wei':
      return weiWithin(text, option.min, option.max)
    case 'amount':
      return bounded(
        amountOf(text),
        amountOf(option.min ?? '0'),
        option.max === undefined ? MAX_WEI : amountOf(option.max),
      )
    case 'duration':
      return bounded(milliseconds(text), milliseconds(option.min ?? '0ms'), milliseconds(option.max ?? MAX_DURATION))
    case 'url':
      return urlText(text, option.protocols ?? WEB_PROTOCOLS)
    case 'path':
      return absolutePath(text, folders)
    case 'address':
      return toChecksumAddress(text) ?? refuse()
    case 'choice':
      return option.choices.includes(text) ? text : refuse()
    case 'list':
      return listItems(option, text, folders)
  }
}

function within(value: number, min: number, max: number): boolean {
  return value >= min && value <= max
}

function textWithin(text: string, min = 1, max = MAX_CHARACTERS): string {
  return within(text.length, min, max) ? text : refuse()
}

function truth(text: string): boolean {
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : refuse()
}

function bounded<T extends number | bigint>(value: T, min: T, max: T): T {
  return value >= min && value <= max ? value : refuse()
}

function wholeNumber(text: string, min: number, max: number): number {
  if (!/^-?\d{1,16}$/.test(text)) refuse()
  const value = Number(text)
  if (!Number.isSafeInteger(value)) refuse()
  // Minus zero is zero: nobody means the other one.
  return bounded(value, min, max) + 0
}

function realNumber(text: string, min: number, max: number): number {
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) refuse()
  return bounded(Number(text), min, max)
}

function weiWithin(text: string, min = '0wei', max: string | undefined): bigint {
  return bounded(weiOf(text), weiOf(min), max === undefined ? MAX_WEI : weiOf(max))
}

function weiOf(text: string): bigint {
  const match = /^(\d{1,78})(?:\.(\d{1,18}))? ?(wei|gwei|ether|tokens?)$/.exec(text)
  const [, whole = '', fraction = '', unit = ''] = match ?? refuse()
  const decimals = WEI_DECIMALS[unit === 'tokens' ? 'token' : unit] ?? refuse()
  if (fraction.length > decimals) refuse()
  return BigInt(whole + fraction.padEnd(decimals, '0'))
}

function amountOf(text: string): bigint {
  const [, whole = '', fraction = ''] = /^(\d{1,60})(?:\.(\d{1,18}))?$/.exec(text) ?? refuse()
  return BigInt(whole + fraction.padEnd(18, '0'))
}

/** The shortest text for an amount that `12.5` would be read as. */
function decimalText(amount: bigint): string {
  const digits = amount.toString().padStart(19, '0')
  const fraction = digits.slice(-18).replace(/0+$/, '')
  return fraction === '' ? digits.slice(0, -18) : `${digits.slice(0, -18)}.${fraction}`
}

function milliseconds(text: string): number {
  const match = /^(\d{1,15})(?:\.(\d{1,3}))? ?(ms|s|m|h|d)$/.exec(text)
  const [, whole = '', fraction = '', unit = ''] = match ?? refuse()
  const scale = DURATION_UNITS.find(([name]) => name === unit)?.[1] ?? refuse()
  // In thousandths, so that 0.1s is exactly 100 ms.
  const thousandths = (Number(whole) * 1000 + Number(fraction.padEnd(3, '0'))) * scale
  return thousandths % 1000 === 0 && Number.isSafeInteger(thousandths) ? thousandths / 1000 : refuse()
}

function urlText(text: string, protocols: readonly string[]): string {
  const url = /\s/.test(text) ? null : URL.parse(text)
  if (url === null || !protocols.includes(url.protocol.slice(0, -1)) || url.hostname === '') return refuse()
  return text
}

function absolutePath(text: string, { cwd, home }: Folders): string {
  if (text === '') refuse()
  // The shell expands `~/` only at the start of a word; in `--path=~/x` and in environment files it arrives as it was written.
  if (text === '~' || text.startsWith('~/')) return resolve(home, text.slice(2))
  return isAbsolute(text) ? resolve(text) : resolve(cwd, text)
}

function listItems(option: Extract<Option, { type: 'list' }>, text: string, folders: Folders): unknown[] {
  const parts = text === '' ? [] : text.split(',')
  if (!within(parts.length, option.min ?? 0, option.max ?? MAX_ITEMS)) refuse()
  const item: Option = { flag: option.flag, env: option.env, description: '', type: option.items ?? 'string' }
  return parts.map((part) => parseValue(item, part.trim(), folders))
}

/** `value` in the notation that `parseValue` reads. */
export function printValue(option: Option, value: unknown): string {
  if (option.type === 'wei') return `${value}wei`
  if (option.type === 'amount') return decimalText(value as bigint)
  if (option.type === 'duration') return durationText(Number(value))
  if (Array.isArray(value)) return value.join(',')
  return String(value)
}

function durationText(ms: number): string {
  const [unit, scale] = DURATION_UNITS.find(([, size]) => ms !== 0 && ms % size === 0) ?? ['ms', 1]
  return `${ms / scale}${unit}`
}

/** What `option` accepts, to follow the word "give". */
export function acceptedText(option: Option): string {
  const unit = option.unit === undefined ? '' : ` (${option.unit})`
  switch (option.type) {
    case 'string':
      return `text of ${option.min ?? 1} to ${option.max ?? MAX_CHARACTERS} characters`
    case 'integer':
      return `a whole number${rangeText(option.min, option.max)}${unit}`
    case 'number':
      return `a number${rangeText(option.min, option.max)}${unit}`
    case 'port':
      return 'a port from 0 to 65535'
    case 'boolean':
      return 'true or false'
    case 'wei':
      return `an amount such as 1.5ether, 20gwei, 7wei or 3token${rangeText(option.min, option.max)}`
    case 'amount':
      return `an amount such as 12.5 with at most 18 decimals${rangeText(option.min, option.max)}`
    case 'duration':
      return `a duration such as 250ms, 30s, 5m, 2h or 1d${rangeText(option.min, option.max)}`
    case 'url':
      return `a URL of ${(option.protocols ?? WEB_PROTOCOLS).join(', ')}`
    case 'path':
      return 'a path'
    case 'address':
      return 'an address of 0x and 40 hexadecimal digits with a right checksum or in one case'
    case 'choice':
      return `one of ${option.choices.join(', ')}`
    case 'list':
      return `a comma-separated list${rangeText(option.min, option.max)} of ${PLURALS[option.items ?? 'string']}`
  }
}

function rangeText(min: number | string | undefined, max: number | string | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` of at least ${min}`
  return max === undefined ? '' : ` of at most ${max}`
}
