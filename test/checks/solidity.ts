// What the checks need of a Solidity file. Reads by pattern, with comments blanked; not a parser.

/** The text with comments blanked, so that offsets and numbers of lines stay. Strings are left alone. */
export function withoutComments(text: string): string {
  const tokens = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g
  return text.replace(tokens, (token) => (token.startsWith('/') ? token.replace(/[^\n]/g, ' ') : token))
}

export interface Named {
  readonly name: string
  readonly line: number
}

/** The custom errors that a file declares. */
export function errorsOf(text: string): Named[] {
  return declared(text, /\berror\s+(\w+)\s*\(/g)
}

/** The functions that a file defines or declares. */
export function functionsOf(text: string): Named[] {
  return declared(text, /\bfunction\s+(\w+)\s*\(/g)
}

function declared(text: string, pattern: RegExp): Named[] {
  const code = withoutComments(text)
  return [...code.matchAll(pattern)].flatMap((match) => {
    const name = match[1]
    return name === undefined ? [] : [{ name, line: code.slice(0, match.index).split('\n').length }]
  })
}
