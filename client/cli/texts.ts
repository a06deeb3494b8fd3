// Results as people and programs read them; amounts and times are in the words of plans (client/chain/plans/texts.ts).

/** One line; amounts and other bigints become decimal text. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner))
}

/** Lines of names and what they are, in two columns. */
export function table(rows: readonly (readonly [name: string, text: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`)
}
