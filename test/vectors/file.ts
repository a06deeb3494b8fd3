// The form of a vector file. Solidity reads arrays of one type at a key (`vm.parseJsonUintArray(json, ".case0.weights")`), so a file
// is an object of scalars and such arrays, with one object for each case where a case has several arrays.

/** uint64 and wider are decimal strings, bytes and hashes 0x hexadecimal. */
export type Scalar = number | string | boolean
export type VectorCase = Readonly<Record<string, Scalar | readonly Scalar[]>>
export type VectorFile = Readonly<Record<string, Scalar | readonly Scalar[] | VectorCase>>

/** `{ count, case0, case1, ... }` */
export function numbered(cases: readonly VectorCase[]): VectorFile {
  return { count: cases.length, ...Object.fromEntries(cases.map((item, i) => [`case${i}`, item])) }
}

/** One array for each field of the rows, and their count: `{ count, run: [...], root: [...] }`. */
export function columns(rows: readonly Readonly<Record<string, Scalar>>[]): VectorFile {
  const names = Object.keys(rows[0] ?? {})
  return { count: rows.length, ...Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name]!)])) }
}

/** The same with another name for the count, for a file that has several such tables. */
export function counted(name: string, rows: readonly Readonly<Record<string, Scalar>>[]): VectorFile {
  const { count, ...rest } = columns(rows)
  return { [name]: count!, ...rest }
}

/** The same with a name before each key, for a file that has several tables: `count` becomes `nameCount`. */
export function prefixed(name: string, file: VectorFile): VectorFile {
  return Object.fromEntries(
    Object.entries(file).map(([key, value]) => [`${name}${key[0]?.toUpperCase()}${key.slice(1)}`, value]),
  )
}

/** Text of a file: one line for each key of a case, so that a difference can be read. */
export function fileText(file: VectorFile): string {
  const field = ([key, value]: [string, unknown], indent: string): string =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? `${indent}${JSON.stringify(key)}: {\n${fields(value, `${indent}  `)}\n${indent}}`
      : `${indent}${JSON.stringify(key)}: ${JSON.stringify(value)}`
  const fields = (object: object, indent: string): string =>
    Object.entries(object)
      .map((entry) => field(entry, indent))
      .join(',\n')
  return `{\n${fields(file, '  ')}\n}\n`
}
