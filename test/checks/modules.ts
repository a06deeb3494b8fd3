// The graph of our TypeScript files: who imports what from where. Reads syntax only; a specifier that resolves to nothing is kept
// as the path that it names, since the type check reports it.

import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import type { StaticExportEntry, StaticImport } from 'oxc-parser'
import { isScript, parseFile, type Source, walk } from './source.ts'
import type { Tree } from './tree.ts'

export interface Reference {
  readonly specifier: string
  /** `name` is a text that names a file, from here or from the root, as for a worker or a child process; not an import. */
  readonly via: 'import' | 'name'
  readonly kind: 'file' | 'package' | 'builtin'
  /** Path in the tree, name of the package, or name of the built-in with its `node:`. */
  readonly target: string
  /** Names taken from the target as it exports them; `all` for a namespace, a side effect or a dynamic import; none by name. */
  readonly names: readonly string[] | 'all'
  readonly line: number
}

export type Modules = ReadonlyMap<string, readonly Reference[]>

/** Every hand-written script of the tree with what it refers to. */
export function readModules(tree: Tree): Modules {
  const packages = readPackages(tree)
  return new Map(
    tree.files.filter(isScript).map((path) => [path, referencesOf(tree, parseFile(tree, path), packages)] as const),
  )
}

interface LocalPackage {
  readonly folder: string
  /** The target of the export map's "./*", e.g. "./src/*.ts". */
  readonly pattern: string
  /** What `#name` stands for under each condition: a file of the package, or another package. */
  readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>
}

interface PackageFile {
  readonly name?: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly imports?: LocalPackage['imports']
}

/** Our own packages by name. Each maps "./*" and nothing else, so no barrel can be the way in. */
function readPackages(tree: Tree): ReadonlyMap<string, LocalPackage> {
  const found = new Map<string, LocalPackage>()
  for (const path of tree.files) {
    if (posix.basename(path) !== 'package.json') continue
    const { name, exports, imports = {} } = JSON.parse(tree.read(path)) as PackageFile
    const pattern = exports?.['./*']
    if (name !== undefined && typeof pattern === 'string')
      found.set(name, { folder: posix.dirname(path), pattern, imports })
  }
  return found
}

function referencesOf(tree: Tree, source: Source, packages: ReadonlyMap<string, LocalPackage>): Reference[] {
  const { staticImports, staticExports, dynamicImports } = source.parsed.module
  const references: Reference[] = []
  const specifiers = new Set<number>()
  const add = (specifier: string, at: number, names: Reference['names'], start: number): void => {
    specifiers.add(at)
    const line = source.lineAt(start)
    for (const target of targetsOf(source.path, specifier, packages))
      references.push({ specifier, via: 'import', names, line, ...resolve(...target, packages) })
  }
  for (const found of staticImports)
    add(found.moduleRequest.value, found.moduleRequest.start, importedNames(found), found.start)
  for (const entry of staticExports.flatMap((found) => found.entries)) {
    const request = entry.moduleRequest
    if (request !== null) add(request.value, request.start, reExportedNames(entry), entry.start)
  }
  for (const { moduleRequest, start } of dynamicImports) {
    const specifier = literal(source.text.slice(moduleRequest.start, moduleRequest.end))
    if (specifier !== undefined) add(specifier, moduleRequest.start, 'all', start)
  }
  walk(source, (node) => {
    if (node.type === 'TSImportType') add(node.source.value, node.source.start, 'all', node.start)
    if (node.type !== 'Literal' || typeof node.value !== 'string' || specifiers.has(node.start)) return
    const target = /\.(?:ts|mjs)$/.test(node.value) ? namedFile(tree, source.path, node.value) : undefined
    if (target === undefined) return
    references.push({
      specifier: node.value,
      via: 'name',
      kind: 'file',
      target,
      names: [],
      line: source.lineAt(node.start),
    })
  })
  return references
}

function namedFile(tree: Tree, from: string, name: string): string | undefined {
  return [posix.join(posix.dirname(from), name), posix.normalize(name)].find((path) => tree.has(path))
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

/** Files with what they name: the specifier itself, or all that a `#name` may stand for, as the package's folder names it. */
function targetsOf(
  from: string,
  specifier: string,
  packages: ReadonlyMap<string, LocalPackage>,
): (readonly [from: string, specifier: string])[] {
  if (!specifier.startsWith('#')) return [[from, specifier]]
  const own = [...packages.values()].find(({ folder }) => from.startsWith(`${folder}/`))
  const targets = Object.values(own?.imports[specifier] ?? {})
  // What is not in the map does not resolve, which is the type check's to say.
  return targets.map((target) => [posix.join(own?.folder ?? '', 'package.json'), target] as const)
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
