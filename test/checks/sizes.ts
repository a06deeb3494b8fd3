// Lengths of files against their limits, and files too big for git. The length of functions is biome's and solhint's to hold.

import type { Finding, Outcome } from './check.ts'
import { isScript, isTest } from './source.ts'
import type { Tree } from './tree.ts'

const MOST_BYTES = 1_000_000

interface Kind {
  readonly name: string
  /** Lines. */
  readonly limit: number
  readonly matches: (path: string) => boolean
}

// The first that matches counts. Generated files match none.
const kinds: readonly Kind[] = [
  { name: 'tests', limit: 600, matches: (path) => isScript(path) && isTest(path) },
  { name: 'scripts', limit: 400, matches: isScript },
  { name: 'Solidity tests', limit: 600, matches: (path) => path.startsWith('test/') && path.endsWith('.sol') },
  { name: 'interfaces', limit: 350, matches: (path) => /^contracts\/interfaces\/.*\.sol$/.test(path) },
  { name: 'libraries', limit: 250, matches: (path) => /^contracts\/libraries\/.*\.sol$/.test(path) },
  { name: 'contracts', limit: 450, matches: (path) => path.endsWith('.sol') },
]

export function checkSizes(tree: Tree): Outcome {
  const findings: Finding[] = []
  const lengths = new Map<Kind, number[]>()
  for (const file of tree.files) {
    const bytes = tree.size(file)
    if (bytes > MOST_BYTES) findings.push({ file, message: `${bytes} bytes: git is for files up to ${MOST_BYTES}` })
    const kind = kinds.find((candidate) => candidate.matches(file))
    if (kind === undefined) continue
    const lines = lineCount(tree.read(file))
    lengths.set(kind, [...(lengths.get(kind) ?? []), lines])
    if (lines > kind.limit)
      findings.push({ file, message: `${lines} lines: the limit of ${kind.name} is ${kind.limit}` })
  }
  const notes = kinds.flatMap((kind) => {
    const found = lengths.get(kind)
    return found === undefined ? [] : [`${kind.name.padEnd(14)} ${summary(found)}`]
  })
  return { findings, notes }
}

function summary(lengths: readonly number[]): string {
  const sorted = lengths.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0
  return `${sorted.length} files, lines: median ${at(0.5)}, p90 ${at(0.9)}, longest ${at(1)}`
}

function lineCount(text: string): number {
  return text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}
