// What a reader sees of an option table: the text of `--help`, the table of the reference page, and the resolved values in a
// start-up log. Parses nothing.

import type { Option, OptionTable, Resolved } from './optionTable.ts'
import { acceptedText, printValue } from './optionValues.ts'
import { printable, REDACTED } from './printable.ts'

/** The text of `--help`. */
export function optionsHelp(table: OptionTable, about: { readonly usage: string; readonly summary: string }): string {
  const blocks = Object.values(table).map((option) => {
    const facts = [acceptedText(option), `environment ${option.env}`, defaultWords(option)]
    if (option.secret === true) facts.push('secret: prefer the environment, arguments are visible to others')
    return `  ${flagWords(option)}\n      ${sentence(option.description)}\n      ${facts.join('; ')}`
  })
  const help = '  -h, --help\n      Show this text.'
  return `${about.summary}\n\nUsage: ${about.usage}\n\nOptions:\n${[...blocks, help].join('\n')}\n`
}

/** The table of the reference page, one row per option in the order of the declaration; ends with a newline. */
export function optionsMarkdown(table: OptionTable): string {
  const rows = Object.values(table).map((option) => {
    const description = sentence(option.description) + (option.secret === true ? ' Secret.' : '')
    const cells = [`\`--${option.flag}\``, `\`${option.env}\``, acceptedText(option), defaultCell(option), description]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  const head = '| flag | environment | accepts | default | meaning |\n| --- | --- | --- | --- | --- |'
  return `${[head, ...rows].join('\n')}\n`
}

/** Every resolved option by its flag, printable, for the one log entry at start. A secret shows only whether it is set. */
export function describeOptions<const T extends OptionTable>(table: T, resolved: Resolved<T>): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, option] of Object.entries(table)) {
    const value = resolved[name]
    if (value === undefined) shown[option.flag] = 'not set'
    else shown[option.flag] = option.secret === true ? secretWords(option, value) : printable(printValue(option, value))
  }
  return shown
}

// Providers put the key into the path or query of their URL; which host it is must still be visible.
function secretWords(option: Option, value: unknown): string {
  return option.type === 'url' ? `${URL.parse(String(value))?.host}/${REDACTED}` : REDACTED
}

function flagWords(option: Option): string {
  if (option.type === 'boolean') return option.default === true ? `--no-${option.flag}` : `--${option.flag}`
  return `--${option.flag} <${option.type}>`
}

function defaultWords(option: Option): string {
  if (option.required === true) return 'required'
  const text = defaultText(option)
  return text === undefined ? 'optional' : `default ${text}`
}

function defaultCell(option: Option): string {
  if (option.required === true) return 'required'
  const text = defaultText(option)
  return text === undefined ? 'none' : `\`${text}\``
}

// As declared, not as resolved: a page must not name the home folder of whoever generated it.
function defaultText(option: Option): string | undefined {
  if (option.type === 'boolean') return String(option.default ?? false)
  if (option.default === undefined) return undefined
  if (option.type === 'list') return option.default.length === 0 ? '(empty)' : option.default.join(',')
  return String(option.default)
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
