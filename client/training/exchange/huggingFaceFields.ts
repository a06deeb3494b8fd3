// Reading of one object of a config.json. Fields that nobody asks for are of no interest, as transformers writes dozens that do not
// change the computation; null means absent, as it does there.

import { type Refusal, refuse } from '@tessera/protocol/canonicalJson'
import { isJsonObject, type JsonObject } from './strictJson.ts'

export const BAD_CONFIG: Refusal = {
  code: 'huggingface/bad-config',
  hint: "Compare config.json with the model's page; it must be as transformers wrote it.",
}

export class HuggingFaceFields {
  readonly #fields: JsonObject
  readonly #path: string

  /** @param path how the object is named in errors; empty for the document itself. */
  constructor(fields: JsonObject, path = '') {
    this.#fields = fields
    this.#path = path
  }

  /** The value, whatever it is; undefined for null too. */
  value(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? undefined) : undefined
  }

  /** Whether the name stands there, be it with null. */
  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name)
  }

  nameOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }

  /** A whole number of at least 1; `absent` where there is none, if one may be absent. */
  whole(name: string, absent?: number): number {
    const value = this.optionalWhole(name) ?? absent
    if (value === undefined) throw this.#bad(name, 'is missing')
    return value
  }

  optionalWhole(name: string): number | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    if (!Number.isSafeInteger(value) || (value as number) < 1) throw this.#bad(name, 'is no whole number of at least 1')
    return value as number
  }

  /** A number above 0; `absent` where there is none, if one may be absent. */
  real(name: string, absent?: number): number {
    const value = this.value(name) ?? absent
    if (value === undefined) throw this.#bad(name, 'is missing')
    if (typeof value !== 'number' || !(value > 0)) throw this.#bad(name, 'is no number above 0')
    return value
  }

  flag(name: string, absent: boolean): boolean {
    const value = this.value(name) ?? absent
    if (typeof value !== 'boolean') throw this.#bad(name, 'is neither true nor false')
    return value
  }

  object(name: string): HuggingFaceFields | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    if (!isJsonObject(value)) throw this.#bad(name, 'is not an object')
    return new HuggingFaceFields(value, this.nameOf(name))
  }

  /** The number of a token. -1, which some models write for none, is none. */
  token(name: string): number | undefined {
    const [token, ...others] = this.tokens(name)
    if (others.length > 0) throw this.#bad(name, 'is a list')
    return token
  }

  /** The numbers of tokens, of which there may be none, one or a list. */
  tokens(name: string): number[] {
    const value = this.value(name)
    if (value === undefined || value === -1) return []
    const list: unknown[] = Array.isArray(value) ? value : [value]
    if (list.length > 64 || !list.every((item) => Number.isSafeInteger(item) && (item as number) >= 0))
      throw this.#bad(name, 'is no token')
    return list as number[]
  }

  #bad(name: string, what: string): Error {
    return refuse(BAD_CONFIG, this.nameOf(name), what)
  }
}
