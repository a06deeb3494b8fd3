// A command's options: one typed table gives parsing, validation, `--help` and the reference page (optionDocs.ts). A flag beats the
// environment, which beats the default. Not a command dispatcher: positional arguments are refused, a caller slices them off first.

import { homedir } from 'node:os'
import { parseArgs } from 'node:util'
import { TesseraError } from '@tessera/protocol/errors'
import { nearest } from './nearest.ts'
import type { Option, OptionTable, Resolved } from './optionTable.ts'
import { acceptedText, type Folders, parseValue, printValue, Refusal } from './optionValues.ts'
import { printable } from './printable.ts'

/** Where values come from: the process's own, or a test's. */
export interface OptionSource {
  /** Arguments after the program and script: `process.argv.slice(2)`. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where relative paths start; the working folder unless given. */
  readonly cwd?: string
  /** What `~/` stands for; the user's home unless given. */
  readonly home?: string
}

type Origin = 'flag' | 'environment' | 'default'

/**
 * Checks a table and gives it back with its exact type. The checks are those the type system cannot make.
 * @throws options/bad-table: a flag or variable twice or misspelt, or a default its own option refuses.
 */
export function defineOptions<const T extends OptionTable>(table: T): T {
  const seen = new Set(['help'])
  for (const option of Object.values(table)) {
    const names = [option.flag, option.env]
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(option.flag) || !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(option.env))
      throw badTable(option, 'flags are kebab-case and variables UPPER_SNAKE')
    if (names.some((name) => seen.has(name))) throw badTable(option, 'its flag or variable is taken')
    if (option.flag.startsWith('no-')) throw badTable(option, '--no- is the negative of a boolean')
    if (option.required === true && option.type !== 'boolean' && option.default !== undefined)
      throw badTable(option, 'it is required and has a default')
    for (const name of names) seen.add(name)
    const text = defaultText(option)
    if (text !== undefined && attempt(option, text, { cwd: '/', home: '/' }) === Refused)
      throw badTable(option, 'its own default is refused')
  }
  return table
}

function badTable(option: Option, reason: string): TesseraError {
  return new TesseraError('options/bad-table', `option --${option.flag} (${option.env}): ${reason}`, {
    context: { flag: option.flag, env: option.env },
    hint: 'Correct the option table in the source',
  })
}

/**
 * Resolves every option of `table`. The last of a repeated flag counts, except for lists, which gather; an empty environment
 * variable counts as absent. `--help` is accepted and ignored: see wantsHelp.
 * @throws options/unknown-flag, options/unexpected-argument, options/invalid-value, options/missing
 */
export function parseOptions<const T extends OptionTable>(table: T, source: OptionSource): Resolved<T> {
  const folders = { cwd: source.cwd ?? process.cwd(), home: source.home ?? homedir() }
  const given = readFlags(table, source.argv)
  const values: [string, unknown][] = []
  for (const [name, option] of Object.entries(table)) {
    const found = firstText(option, given.get(option.flag), source.env[option.env])
    if (found !== undefined) values.push([name, checkedValue(option, found.text, found.origin, folders)])
    else if (option.type === 'boolean') values.push([name, false])
    else if (option.required !== true) values.push([name, undefined])
    else throw missing(option)
  }
  // SAFETY: one entry per key of the table, each of the type its option declares (parseValue is exhaustive over types).
  return Object.fromEntries(values) as Resolved<T>
}

/** True when the arguments ask for help. */
export function wantsHelp(argv: readonly string[]): boolean {
  return argv.includes('--help') || argv.includes('-h')
}

/**
 * The arguments and environment that make parseOptions give `values` back. @testonly The property that parsing undoes it. Secrets go into the
 * environment, since every user of a machine can read arguments.
 */
export function printOptions<const T extends OptionTable>(
  table: T,
  values: { readonly [K in keyof T]?: Resolved<T>[K] | undefined },
): { argv: string[]; env: Record<string, string> } {
  const argv: string[] = []
  const env: Record<string, string> = {}
  for (const [name, option] of Object.entries(table)) {
    const value = values[name]
    if (value === undefined) continue
    const text = printValue(option, value)
    // An empty variable would count as absent, so an empty list has to be a flag.
    if (option.secret === true && text !== '') env[option.env] = text
    else argv.push(`--${option.flag}=${text}`)
  }
  return { argv, env }
}

function firstText(option: Option, flag: string | undefined, variable: string | undefined) {
  if (flag !== undefined) return { text: flag, origin: 'flag' as const }
  if (variable !== undefined && variable !== '') return { text: variable, origin: 'environment' as const }
  const text = defaultText(option)
  return text === undefined ? undefined : { text, origin: 'default' as const }
}

function defaultText(option: Option): string | undefined {
  if (option.default === undefined) return undefined
  return typeof option.default === 'object' ? option.default.join(',') : String(option.default)
}

const Refused = Symbol('refused')

function attempt(option: Option, text: string, folders: Folders): unknown {
  try {
    return parseValue(option, text, folders)
  } catch (error) {
    if (error instanceof Refusal) return Refused
    throw error
  }
}

function checkedValue(option: Option, text: string, origin: Origin, folders: Folders): unknown {
  const value = attempt(option, text, folders)
  if (value === Refused) throw invalid(option, origin, option.secret === true ? undefined : text)
  return value
}

function invalid(option: Option, origin: Origin, text: string | undefined): TesseraError {
  const where = origin === 'environment' ? option.env : `--${option.flag}`
  const shown = text === undefined ? 'the value' : `"${printable(text, 80)}"`
  const accepted = acceptedText(option)
  return new TesseraError('options/invalid-value', `${where}: ${shown} is not accepted`, {
    hint: `Give ${accepted}`,
    context: { flag: option.flag, env: option.env, origin, accepted },
  })
}

function missing(option: Option): TesseraError {
  return new TesseraError('options/missing', `--${option.flag} is required: ${option.description}`, {
    hint: `Give --${option.flag} or set ${option.env} to ${acceptedText(option)}`,
    context: { flag: option.flag, env: option.env },
  })
}

/** The text given for each flag; values are judged later. */
function readFlags(table: OptionTable, argv: readonly string[]): Map<string, string> {
  const byFlag = new Map(Object.values(table).map((option) => [option.flag, option]))
  const options: Record<string, { type: 'string' | 'boolean'; multiple: true; short?: string }> = {
    help: { type: 'boolean', multiple: true, short: 'h' },
  }
  for (const option of byFlag.values())
    options[option.flag] = { type: option.type === 'boolean' ? 'boolean' : 'string', multiple: true }
  // Not strict, because the tokens say more than its errors do: which flag was meant, and what its value may be.
  const parsed = parseArgs({ args: [...argv], options, strict: false, tokens: true, allowPositionals: true })
  const given = new Map<string, string>()
  for (const token of parsed.tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') throw unexpectedArgument(token.value)
    if (token.name === 'help') continue
    const option = byFlag.get(token.name)
    const negated = option === undefined ? byFlag.get(token.name.replace(/^no-/, '')) : undefined
    if (negated?.type === 'boolean' && token.value === undefined) given.set(negated.flag, 'false')
    else if (option === undefined) throw unknownFlag(token.rawName, [...byFlag.keys(), 'help'])
    else given.set(option.flag, flagText(option, token.value, token.inlineValue === true, given.get(option.flag)))
  }
  return given
}

function flagText(option: Option, value: string | undefined, inline: boolean, earlier: string | undefined): string {
  if (option.type === 'boolean') return value ?? 'true'
  // `--folder --verbose`: the value was forgotten. A negative number is a value all the same.
  if (value === undefined || (!inline && /^-(?![\d.])/.test(value))) throw invalid(option, 'flag', value ?? '')
  return option.type === 'list' && earlier !== undefined ? `${earlier},${value}` : value
}

function unknownFlag(rawName: string, known: readonly string[]): TesseraError {
  const meant = nearest(rawName.replace(/^-+/, ''), known)
  return new TesseraError('options/unknown-flag', `unknown option ${printable(rawName, 80)}`, {
    hint: meant === undefined ? 'See --help for the options' : `Did you mean --${meant}?`,
    context: { flag: rawName, nearest: meant },
  })
}

function unexpectedArgument(text: string): TesseraError {
  return new TesseraError('options/unexpected-argument', `unexpected argument "${printable(text, 80)}"`, {
    hint: 'Options are written --name value or --name=value; see --help',
    context: { argument: text },
  })
}
