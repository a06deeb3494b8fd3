// The graph of our TypeScript files: who imports what from where. Reads syntax only; a specifier that resolves to nothing is kept
// as the path that it names, since the type check reports it.

import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import type { StaticExportEntry, StaticImport } from 'oxc-parser'
import { isScript, parseFile, type Source, walk } from './source.ts'
import type { Tree } from './tree.ts'

export interface Reference {
  readonly specifier: string
  /** `url` is `new URL('./x.ts', import.meta.url)`: a worker or a child process, not an import. */
  readonly via: 'import' | 'url'
  readonly kind: 'file' | 'package' | 'builtin'
  /** Path in the tree, name of the package, or name of the built-in with its `node:`. */
  readonly target: string
  /** Names taken from the target as it exports them; `all` for a namespace, a side effect or a dynamic import. */
  readonly names: readonly string[] | 'all'
  readonly line: number
}

export type Modules = ReadonlyMap<string, readonly Reference[]>

/** Every hand-written script of the tree with what it refers to. */
export function readModules(tree: Tree): Modules {
  const packages = readPackages(tree)
  return new Map(
    tree.files.filter(isScript).map((path) => [path, referencesOf(parseFile(tree, path), packages)] as const),
  )
}

interface LocalPackage {
  readonly folder: string
  /** The target of the export map's "./*", e.g. "./src/*.ts". */
  readonly pattern: string
}

/** Our own packages by name. Each maps "./*" and nothing else, so no barrel can be the way in. */
function readPackages(tree: Tree): ReadonlyMap<string, LocalPackage> {
  const found = new Map<string, LocalPackage>()
  for (const path of tree.files) {
    if (posix.basename(path) !== 'package.json') continue
    const { name, exports } = JSON.parse(tree.read(path)) as { name?: string; exports?: Record<string, unknown> }
    const pattern = exports?.['./*']
    if (name !== undefined && typeof pattern === 'string') found.set(name, { folder: posix.dirname(path), pattern })
  }
  return found
}

function referencesOf(source: Source, packages: ReadonlyMap<string, LocalPackage>): Reference[] {
  const { staticImports, staticExports, dynamicImports } = source.parsed.module
  const references: Reference[] = []
  const add = (specifier: string, via: Reference['via'], names: Reference['names'], offset: number): void => {
    references.push({
      specifier,
      via,
      names,
      line: source.lineAt(offset),
      ...resolve(source.path, specifier, packages),
    })
  }
  for (const found of staticImports) add(found.moduleRequest.value, 'import', importedNames(found), found.start)
  for (const entry of staticExports.flatMap((found) => found.entries)) {
    if (entry.moduleRequest !== null) add(entry.moduleRequest.value, 'import', reExportedNames(entry), entry.start)
  }
  for (const found of dynamicImports) {
    const specifier = literal(source.text.slice(found.moduleRequest.start, found.moduleRequest.end))
    if (specifier !== undefined) add(specifier, 'import', 'all', found.start)
  }
  walk(source, (node) => {
    if (node.type === 'TSImportType') add(node.source.value, 'import', 'all', node.start)
    if (node.type !== 'NewExpression' || node.callee.type !== 'Identifier' || node.callee.name !== 'URL') return
    const [first] = node.arguments
    if (first?.type !== 'Literal' || typeof first.value !== 'string') return
    if (/^\.\.?\/.*\.(?:ts|mjs)$/.test(first.value)) add(first.value, 'url', 'all', node.start)
  })
  return references
}

function importedNames(found: StaticImport): Reference['names'] {
  const names: string[] = []
  for (const { importName } of found.entries) {
    if (importName.kind === 'NamespaceObject') return 'all'
    names.push(importName.kind === 'Default' ? 'default' : (importName.name ?? ''))
  }
  return names.length === 0 ? 'all' : names
}

function reExportedNames(entry: StaticExportEntry): Reference['names'] {
  return entry.importName.kind === 'Name' && entry.importName.name !== null ? [entry.importName.name] : 'all'
}

function literal(code: string): string | undefined {
  return /^(['"])([^'"\\]*)\1$/.exec(code)?.[2]
}

function resolve(
  from: string,
  specifier: string,
  packages: ReadonlyMap<string, LocalPackage>,
): Pick<Reference, 'kind' | 'target'> {
  if (specifier.startsWith('.')) return { kind: 'file', target: posix.join(posix.dirname(from), specifier) }
  if (isBuiltin(specifier)) return { kind: 'builtin', target: `node:${specifier.replace(/^node:/, '')}` }
  const parts = specifier.split('/')
  const name = parts.splice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  const local = packages.get(name)
  if (local === undefined) return { kind: 'package', target: name }
  return { kind: 'file', target: posix.join(local.folder, local.pattern.replace('*', parts.join('/'))) }
}
