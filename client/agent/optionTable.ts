// The types of an option table: how a command declares its options, and what a parsed table looks like. Types only, so that
// parsing, printing and the reference page all read the same declaration.

import type { Hex } from '@tessera/protocol/hex'

interface Declared {
  /** Without the dashes, `kebab-case`. */
  readonly flag: string
  /** Environment variable, `UPPER_SNAKE`. An empty variable counts as absent. */
  readonly env: string
  /** One sentence for `--help` and the reference page. */
  readonly description: string
  readonly required?: boolean
  /** Never shown in a log; handed to a child process by environment, since arguments are visible to every user of a machine. */
  readonly secret?: boolean
  /** What a number counts: `rounds`, `bytes`. Durations and amounts carry theirs in the value. */
  readonly unit?: string
}

/** `min` and `max` of a string count characters. */
export interface StringOption extends Declared {
  readonly type: 'string'
  readonly default?: string
  readonly min?: number
  readonly max?: number
}
export interface IntegerOption extends Declared {
  readonly type: 'integer'
  readonly default?: number
  readonly min?: number
  readonly max?: number
}
export interface NumberOption extends Declared {
  readonly type: 'number'
  readonly default?: number
  readonly min?: number
  readonly max?: number
}
/** False unless given: `--flag`, `--no-flag`, `--flag=false`. */
export interface BooleanOption extends Declared {
  readonly type: 'boolean'
  readonly default?: boolean
}
/** An amount of 18 decimals as a bigint of its smallest unit; written `1.5ether`, `20gwei`, `7wei`, `3token`. */
export interface WeiOption extends Declared {
  readonly type: 'wei'
  readonly default?: string
  readonly min?: string
  readonly max?: string
}
/** An amount of a token of 18 decimals as a bigint of its smallest unit; written `12.5`, without unit, sign or exponent. */
export interface AmountOption extends Declared {
  readonly type: 'amount'
  readonly default?: string
  readonly min?: string
  readonly max?: string
}
/** Milliseconds; written `250ms`, `30s`, `5m`, `2h`, `1d`. */
export interface DurationOption extends Declared {
  readonly type: 'duration'
  readonly default?: string
  readonly min?: string
  readonly max?: string
}
/** The text as given, once it parses; http, https, ws and wss unless `protocols` says otherwise. */
export interface UrlOption extends Declared {
  readonly type: 'url'
  readonly default?: string
  readonly protocols?: readonly string[]
}
/** Absolute: relative paths start at the working folder, `~/` at the home folder. */
export interface PathOption extends Declared {
  readonly type: 'path'
  readonly default?: string
}
/** An EVM address, checksummed on the way out; a mixed-case address must carry a right checksum. */
export interface AddressOption extends Declared {
  readonly type: 'address'
  readonly default?: string
}
/** 0 asks the system for a free port. */
export interface PortOption extends Declared {
  readonly type: 'port'
  readonly default?: number
}
export interface ChoiceOption extends Declared {
  readonly type: 'choice'
  readonly choices: readonly string[]
  readonly default?: string
}
/** Comma-separated, and the flag may be repeated; `min` and `max` count the items. */
export interface ListOption extends Declared {
  readonly type: 'list'
  readonly items?: 'string' | 'url' | 'path' | 'address'
  readonly default?: readonly string[]
  readonly min?: number
  readonly max?: number
}

export type Option =
  | StringOption
  | IntegerOption
  | NumberOption
  | BooleanOption
  | WeiOption
  | AmountOption
  | DurationOption
  | UrlOption
  | PathOption
  | AddressOption
  | PortOption
  | ChoiceOption
  | ListOption

/** A command's options by the name the program uses for each. */
export type OptionTable = Readonly<Record<string, Option>>

/** What one option's value is once parsed. */
export type OptionValue<O extends Option> = O extends { readonly type: 'integer' | 'number' | 'duration' | 'port' }
  ? number
  : O extends { readonly type: 'boolean' }
    ? boolean
    : O extends { readonly type: 'wei' | 'amount' }
      ? bigint
      : O extends { readonly type: 'address' }
        ? Hex
        : O extends { readonly type: 'choice'; readonly choices: readonly (infer C)[] }
          ? C
          : O extends { readonly type: 'list' }
            ? readonly (O extends { readonly items: 'address' } ? Hex : string)[]
            : string

type IsSet<O extends Option> = O extends { readonly required: true } | { readonly type: 'boolean' }
  ? true
  : O extends { readonly default: unknown }
    ? true
    : false

/** A parsed table: every option has its key; those neither required nor defaulted may be undefined. */
export type Resolved<T extends OptionTable> = {
  readonly [K in keyof T]: IsSet<T[K]> extends true ? OptionValue<T[K]> : OptionValue<T[K]> | undefined
}
