// TypeScript files as the checks see them: syntax tree, imports and exports, comments. Parses with oxc, since TypeScript 7 has no
// stable parser API of its own. Types are not resolved here.

import { type Comment, type Node, type ParseResult, parseSync } from 'oxc-parser'
import type { Tree } from './tree.ts'

export interface Source {
  readonly path: string
  readonly text: string
  readonly parsed: Pick<ParseResult, 'program' | 'module'>
  readonly comments: readonly Comment[]
  /** Line, counted from 1, of a character offset. */
  lineAt(offset: number): number
}

const SCRIPT = /\.(?:ts|tsx|mts|mjs)$/

/** Whether a file is one of ours to hold to the rules: written by hand, in TypeScript or JavaScript. */
export function isScript(path: string): boolean {
  return SCRIPT.test(path) && !isGenerated(path)
}

function isGenerated(path: string): boolean {
  return path.split('/').includes('generated')
}

export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path)
}

const cache = new WeakMap<Tree, Map<string, Source>>()

/** Parses one file, once per tree. Throws if it is not valid TypeScript. */
export function parseFile(tree: Tree, path: string): Source {
  const known = cache.get(tree) ?? new Map<string, Source>()
  cache.set(tree, known)
  const source = known.get(path) ?? parse(path, tree.read(path))
  known.set(path, source)
  return source
}

function parse(path: string, text: string): Source {
  const result = parseSync(path, text)
  const [error] = result.errors
  if (error !== undefined) throw new Error(`${path}: ${error.message}`)
  // Each of these is decoded from the parser's memory on first use.
  const parsed = { program: result.program, module: result.module }
  const starts = [0]
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) starts.push(i + 1)
  const lineAt = (offset: number): number => {
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low + 1
  }
  return { path, text, parsed, comments: result.comments, lineAt }
}

/** Calls `visit` for every node of the tree, parents first. */
export function walk(source: Source, visit: (node: Node) => void): void {
  const pending: unknown[] = [source.parsed.program]
  while (pending.length > 0) {
    const next = pending.pop()
    if (Array.isArray(next)) {
      for (let i = next.length - 1; i >= 0; i--) pending.push(next[i])
    } else if (typeof next === 'object' && next !== null) {
      if ('type' in next && typeof next.type === 'string') visit(next as Node)
      const values = Object.values(next)
      for (let i = values.length - 1; i >= 0; i--) pending.push(values[i])
    }
  }
}
