// Strict reading of a JSON object of unknown origin: each field has a type and bounds, and a field that nobody asked for is refused.

import { type Refusal, refuse } from './canonicalJson.ts'
import { type Hex, isHex } from './hex.ts'

export class JsonFields {
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #refusal: Refusal
  readonly #asked = new Set<string>()

  /** @param path how the object is named in errors; empty for the document itself. */
  constructor(value: unknown, path: string, refusal: Refusal) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw refuse(refusal, path === '' ? 'document' : path, 'is not an object')
    this.#fields = value as Record<string, unknown>
    this.#path = path
    this.#refusal = refusal
  }

  /** Reads all fields by `read` and makes sure that there is none beside them. */
  static read<T>(value: unknown, path: string, refusal: Refusal, read: (fields: JsonFields) => T): T {
    const fields = new JsonFields(value, path, refusal)
    const result = read(fields)
    for (const name of Object.keys(fields.#fields))
      if (!fields.#asked.has(name)) throw refuse(refusal, fields.#name(name), 'is unknown')
    return result
  }

  integer(name: string, min: number, max: number): number {
    const value = this.#get(name)
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max)
      throw this.#bad(name, `is not a whole number from ${min} to ${max}`)
    return value
  }

  /** A finite number. */
  number(name: string, min: number, max: number): number {
    const value = this.#get(name)
    if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max)
      throw this.#bad(name, `is not a number from ${min} to ${max}`)
    return value
  }

  /** A finite number, or null where there was none to write. */
  numberOrNull(name: string): number | null {
    return this.#get(name) === null ? null : this.number(name, -Number.MAX_VALUE, Number.MAX_VALUE)
  }

  text(name: string, maxLength: number, pattern?: RegExp): string {
    const value = this.#get(name)
    if (typeof value !== 'string' || value.length > maxLength || pattern?.test(value) === false)
      throw this.#bad(name, `is not a text of at most ${maxLength} characters${pattern ? ` like ${pattern}` : ''}`)
    return value
  }

  choice<const T extends string | number | boolean>(name: string, choices: readonly T[]): T {
    const value = this.#get(name)
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw this.#bad(name, `is none of ${choices.join(', ')}`)
    return found
  }

  /** Lower-case hexadecimal of exactly `bytes` bytes. */
  hex(name: string, bytes: number): Hex {
    const value = this.#get(name)
    if (!isHex(value, bytes) || value !== value.toLowerCase())
      throw this.#bad(name, `is not ${bytes} bytes of 0x hexadecimal`)
    return value
  }

  /** A whole number of up to 64 bits, written in decimal. */
  uint64(name: string): bigint {
    const value = BigInt(this.text(name, 20, /^(0|[1-9][0-9]*)$/))
    if (value >> 64n !== 0n) throw this.#bad(name, 'does not fit 64 bits')
    return value
  }

  list<T>(name: string, maxLength: number, read: (value: unknown, path: string) => T): T[] {
    const value = this.#get(name)
    if (!Array.isArray(value) || value.length > maxLength)
      throw this.#bad(name, `is not a list of at most ${maxLength}`)
    return value.map((item: unknown, i) => read(item, `${this.#name(name)}[${i}]`))
  }

  /** A list of 1 to `maxLength` whole numbers. */
  integers(name: string, maxLength: number, min: number, max: number): number[] {
    const value = this.#get(name)
    const inBounds = (item: unknown): item is number =>
      Number.isSafeInteger(item) && Number(item) >= min && Number(item) <= max
    if (!Array.isArray(value) || value.length < 1 || value.length > maxLength || !value.every(inBounds))
      throw this.#bad(name, `is not a list of 1 to ${maxLength} whole numbers from ${min} to ${max}`)
    return value
  }

  /** An object whose keys are 0x addresses in lower case. */
  byAddress<T>(name: string, maxEntries: number, read: (fields: JsonFields) => T): Record<Hex, T> {
    const path = this.#name(name)
    const entries = Object.entries(new JsonFields(this.#get(name), path, this.#refusal).#fields)
    if (entries.length > maxEntries) throw this.#bad(name, `has more than ${maxEntries} entries`)
    const result: Record<Hex, T> = {}
    for (const [key, value] of entries) {
      if (!isHex(key, 20) || key !== key.toLowerCase())
        throw this.#bad(name, 'has a key that is no address in lower case')
      result[key] = JsonFields.read(value, `${path}.${key}`, this.#refusal, read)
    }
    return result
  }

  object<T>(name: string, read: (fields: JsonFields) => T): T {
    return JsonFields.read(this.#get(name), this.#name(name), this.#refusal, read)
  }

  /** An object, or null where there is nothing to say. */
  objectOrNull<T>(name: string, read: (fields: JsonFields) => T): T | null {
    return this.#get(name) === null ? null : this.object(name, read)
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name)
  }

  #get(name: string): unknown {
    this.#asked.add(name)
    if (!this.has(name)) throw this.#bad(name, 'is missing')
    return this.#fields[name]
  }

  #name(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }

  #bad(name: string, what: string): Error {
    return refuse(this.#refusal, this.#name(name), what)
  }
}
