// Finds code that no program runs: files that no entry reaches and exports that nobody imports, where a test alone is nobody.
// What exists for tests says so: `@testonly` in the doc comment of an export, or in the comment at the head of a file, or the file
// is named X.fixture.ts. The checks are programs like others; everything else under test/ is tests.
// Knip cannot see this here: the packages export every file ("./*"), so to knip each file is an entry.

import type { Finding, Outcome } from './check.ts'
import { type Modules, readModules } from './modules.ts'
import { isTest, parseFile, type Source, walk } from './source.ts'
import type { Tree } from './tree.ts'

const TAG = '@testonly'

export function checkExports(tree: Tree): Outcome {
  const modules = readModules(tree)
  const entries = [...modules.keys()].filter((file) => isEntry(tree, file))
  const live = reachable(
    modules,
    entries.filter((file) => !isTestCode(file)),
  )
  const tested = reachable(
    modules,
    [...modules.keys()].filter((file) => isTest(file) || (isTestCode(file) && isEntry(tree, file))),
  )
  const users = { program: namesUsed(modules, live), test: namesUsed(modules, tested) }
  const findings: Finding[] = []
  for (const file of modules.keys()) {
    if (isTest(file) || file.endsWith('.d.ts') || isConfiguration(file)) continue
    const source = parseFile(tree, file)
    const forTests = isTestCode(file) || isTagged(source)
    if (!(forTests ? tested : live).has(file))
      findings.push({ file, message: unreachedMessage(forTests, tested.has(file)) })
    else findings.push(...unusedExports(source, forTests, users))
  }
  return { findings: [...findings, ...testOnlyImports(tree, modules, live)] }
}

type Uses = ReadonlyMap<string, ReadonlySet<string> | 'all'>

function unusedExports(
  source: Source,
  forTests: boolean,
  users: { readonly program: Uses; readonly test: Uses },
): Finding[] {
  const findings: Finding[] = []
  for (const exported of exportsOf(source)) {
    const { name, line } = exported
    if (name === 'default' || uses(users.program, source.path, name)) continue
    const byTests = uses(users.test, source.path, name)
    const byItself = mentions(source, name) > 1
    // An export that its own file uses may be there for a test of it, and a type for whoever reads a signature.
    if (byTests ? forTests || exported.tagged || byItself : exported.isType && byItself && !exported.tagged) continue
    const message = byTests
      ? `only tests use ${name}: drop it, or say ${TAG} in its doc comment`
      : `nobody imports ${name}: drop the export${exported.tagged ? ` (it is ${TAG}, but no test uses it)` : ''}`
    findings.push({ file: source.path, line, message })
  }
  return findings
}

function unreachedMessage(forTests: boolean, byTests: boolean): string {
  if (forTests) return 'no test reaches this file'
  return byTests ? `only tests reach this file: drop it, or say ${TAG} at its head` : 'no program reaches this file'
}

/** What is for tests and imported by a program all the same. */
function testOnlyImports(tree: Tree, modules: Modules, live: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = []
  for (const file of live) {
    if (isTestCode(file) || file.startsWith('bench/') || isTagged(parseFile(tree, file))) continue
    for (const reference of modules.get(file) ?? []) {
      if (!modules.has(reference.target)) continue
      const target = parseFile(tree, reference.target)
      const tagged = isTagged(target)
        ? [reference.target]
        : exportsOf(target).flatMap(({ name, tagged }) => (tagged && reference.names.includes(name) ? [name] : []))
      for (const what of tagged) findings.push({ file, line: reference.line, message: `${what} is ${TAG}` })
    }
  }
  return findings
}

/** Programs: what a person, a script of package.json or Hardhat starts by name. */
function isEntry(tree: Tree, file: string): boolean {
  if (isConfiguration(file) || /^deploy\/modules\/|^bench\/[^/]+$/.test(file)) return true
  if (/(?:^|\/)main\.tsx?$|\.e2e\.ts$/.test(file) || tree.read(file).includes('import.meta.main')) return true
  return scriptsOf(tree).includes(file)
}

/** What a tool loads by its name. */
function isConfiguration(file: string): boolean {
  return file === 'hardhat.config.ts' || file === 'client/dashboard/vite.config.ts'
}

const scriptTexts = new WeakMap<Tree, string[]>()

function scriptsOf(tree: Tree): string[] {
  let paths = scriptTexts.get(tree)
  if (paths === undefined) {
    const { scripts = {} } = JSON.parse(tree.read('package.json')) as { scripts?: Record<string, string> }
    paths = Object.values(scripts).flatMap((text) => text.match(/[\w./-]+\.(?:ts|mjs)\b/g) ?? [])
    scriptTexts.set(tree, paths)
  }
  return paths
}

function isTestCode(file: string): boolean {
  if (isTest(file) || file.endsWith('.fixture.ts')) return true
  return (
    file.startsWith('test/') &&
    !file.startsWith('test/checks/') &&
    file !== 'test/run.ts' &&
    !file.startsWith('test/runner/')
  )
}

function reachable(modules: Modules, roots: readonly string[]): ReadonlySet<string> {
  const seen = new Set(roots)
  // A set may grow while it is read: what is added is visited too.
  for (const file of seen) {
    for (const { kind, target } of modules.get(file) ?? []) if (kind === 'file' && modules.has(target)) seen.add(target)
  }
  return seen
}

function namesUsed(modules: Modules, users: ReadonlySet<string>): Uses {
  const used = new Map<string, Set<string> | 'all'>()
  for (const file of users) {
    for (const { kind, target, names } of modules.get(file) ?? []) {
      if (kind !== 'file') continue
      const known = used.get(target)
      if (names === 'all' || known === 'all') used.set(target, 'all')
      else used.set(target, new Set([...(known ?? []), ...names]))
    }
  }
  return used
}

function uses(used: Uses, file: string, name: string): boolean {
  const names = used.get(file)
  return names === 'all' || names?.has(name) === true
}

interface Exported {
  readonly name: string
  readonly line: number
  readonly isType: boolean
  readonly tagged: boolean
}

function exportsOf(source: Source): Exported[] {
  return source.parsed.module.staticExports.flatMap((statement) =>
    statement.entries.map((entry) => ({
      name: entry.exportName.kind === 'Default' ? 'default' : (entry.exportName.name ?? '*'),
      line: source.lineAt(entry.start),
      isType: entry.isType,
      tagged: hasTag(commentBefore(source, statement.start)),
    })),
  )
}

function commentBefore(source: Source, offset: number): string | undefined {
  const comment = source.comments.findLast((found) => found.end <= offset)
  return comment !== undefined && source.text.slice(comment.end, offset).trim() === '' ? comment.value : undefined
}

function isTagged(source: Source): boolean {
  const head = /^(?:\/\/.*\n)+/.exec(source.text)?.[0]
  return hasTag(head)
}

/** Whether a comment carries the tag; one that speaks of `@testonly` in quotes does not. */
function hasTag(comment: string | undefined): boolean {
  return comment !== undefined && new RegExp(`(?<!\`)${TAG}\\b`).test(comment)
}

/** How often a name stands in a file, its declaration included. Does not tell shadowing names apart. */
function mentions(source: Source, name: string): number {
  let count = 0
  walk(source, (node) => {
    if (node.type === 'Identifier' && node.name === name) count++
  })
  return count
}
