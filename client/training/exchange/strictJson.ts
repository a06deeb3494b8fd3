// JSON from strangers: of bounded size, in UTF-8, and with no name twice in an object. `JSON.parse` takes the last of two, other
// readers the first, so a file with two would have two meanings.

import { decodeJson, type Refusal, refuse } from '@tessera/protocol/canonicalJson'

export type JsonObject = Readonly<Record<string, unknown>>

/** The object that `bytes` hold. Throws the refusal's code. */
export function parseJsonObject(bytes: Uint8Array, maxBytes: number, refusal: Refusal): JsonObject {
  const value = decodeJson(bytes, maxBytes, refusal)
  if (!isJsonObject(value)) throw refuse(refusal, 'document', 'is not an object')
  const twice = repeatedName(new TextDecoder().decode(bytes))
  if (twice !== undefined) throw refuse(refusal, twice, 'stands twice')
  return value
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The first name that an object of `text`, which is valid JSON, has twice. */
function repeatedName(text: string): string | undefined {
  // The names of every object around the current place; lists have none but take a place.
  const open: Set<string>[] = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') open.push(new Set())
    else if (character === '}' || character === ']') open.pop()
    else if (character === '"') {
      const end = endOfString(text, at)
      if (isName(text, end)) {
        const name = JSON.parse(text.slice(at, end)) as string
        const names = open.at(-1)
        if (names?.has(name)) return name
        names?.add(name)
      }
      at = end - 1
    }
  }
  return undefined
}

/** The position behind the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

/** Whether a colon follows. */
function isName(text: string, from: number): boolean {
  let at = from
  while (/\s/.test(text[at] ?? '')) at++
  return text[at] === ':'
}
