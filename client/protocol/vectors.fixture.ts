// The form of the golden vectors, for the tests of this package; test/vectors/file.ts writes it. @testonly

export type VectorCase = Readonly<Record<string, unknown>>

/** Where a file of test/vectors is. */
export function vectorUrl(name: string): URL {
  return new URL(`../../test/vectors/${name}.json`, import.meta.url)
}

/** Its cases: `case0`, `case1`, ... */
export function readCases<T>(file: VectorCase, prefix = 'case', count = 'count'): T[] {
  return Array.from({ length: file[count] as number }, (_, i) => file[`${prefix}${i}`] as T)
}

/** Its rows, for a file of one array a field. */
export function readRows<T>(file: VectorCase, count = 'count'): T[] {
  const lists = Object.entries(file).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]))
  return Array.from({ length: file[count] as number }, (_, i) => {
    return Object.fromEntries(lists.map(([name, list]) => [name, list[i]])) as T
  })
}
