// Ties the numbered invariants of contracts/README.md to the tests that hold them: each row of the table `| I-nn | statement |
// test |` names a file and a test function in it, and no code mentions a number that the table lacks. Whether the test holds the
// statement is for its reader to judge.

import { posix } from 'node:path'
import type { Finding, Outcome } from './check.ts'
import { tableRowsUnder } from './markdown.ts'
import { functionsOf } from './solidity.ts'
import type { Tree } from './tree.ts'

const PAGE = 'contracts/README.md'
const SECTION = '9. Invariants'
const NUMBER = /\bI-\d+\b/g

export function checkInvariants(tree: Tree): Outcome {
  if (!tree.has(PAGE)) return { findings: [{ file: PAGE, message: 'does not exist' }] }
  const rows = tableRowsUnder(tree.read(PAGE), SECTION).filter((row) => /^I-\d+$/.test(row.cells[0] ?? ''))
  if (rows.length === 0)
    return { findings: [{ file: PAGE, message: `section "${SECTION}" has no row | I-nn | ... |` }] }
  const findings: Finding[] = []
  const known = new Set<string>()
  for (const row of rows) {
    const [number = '', , test = ''] = row.cells
    const messages = [...(known.has(number) ? ['stands twice'] : []), ...testMessages(tree, test)]
    known.add(number)
    findings.push(...messages.map((message) => ({ file: PAGE, line: row.line, message: `${number}: ${message}` })))
  }
  return { findings: [...findings, ...unknownNumbers(tree, known)], notes: [`${rows.length} invariants`] }
}

/** What is wrong with a row's third cell. Files are links, or paths from the root, or unique names of files. */
function testMessages(tree: Tree, cell: string): string[] {
  const links = [...cell.matchAll(/\]\(([^)#]+)[^)]*\)/g)].flatMap(([, target]) =>
    target === undefined ? [] : [posix.join(posix.dirname(PAGE), target)],
  )
  const words = cell.replace(/\]\([^)]*\)/g, ']')
  const named = links.length > 0 ? links : (words.match(/[\w./-]+\.(?:sol|ts)\b/g) ?? [])
  const functions = words.match(/\b(?:test|invariant)\w*_\w+/g) ?? []
  if (named.length === 0) return ['names no file']
  if (functions.length === 0) return ['names no function test_... or invariant_...']
  const files = named.map((name) => ({ name, found: find(tree, name) }))
  const missing = files.flatMap(({ name, found }) => (found === undefined ? [`${name} does not exist`] : []))
  if (missing.length > 0) return missing
  const defined = new Set(files.flatMap(({ found }) => functionsOf(tree.read(found ?? '')).map(({ name }) => name)))
  return functions.filter((name) => !defined.has(name)).map((name) => `${name} is not in ${named.join(' or ')}`)
}

function find(tree: Tree, name: string): string | undefined {
  if (tree.has(name)) return name
  const matches = tree.files.filter((path) => path.startsWith('test/') && path.endsWith(`/${name}`))
  return matches.length === 1 ? matches[0] : undefined
}

function unknownNumbers(tree: Tree, known: ReadonlySet<string>): Finding[] {
  const sources = tree.files.filter((path) => path.endsWith('.sol'))
  return sources.flatMap((file) =>
    tree
      .read(file)
      .split('\n')
      .flatMap((text, index) =>
        (text.match(NUMBER) ?? [])
          .filter((number) => !known.has(number))
          .map((number) => ({ file, line: index + 1, message: `${number} is not in the table of ${PAGE}` })),
      ),
  )
}
