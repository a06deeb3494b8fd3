// Holds the import order: folders import strictly downwards, some packages have one owner, and no file imports itself in a circle.
// Whether an import resolves is the type check's to say; whether it is declared in package.json is knip's.

import type { Finding, Outcome } from './check.ts'
import { browserFolders, layers, type PackageRule, packageRules } from './layers.ts'
import { type Modules, type Reference, readModules } from './modules.ts'
import { isTest } from './source.ts'
import type { Tree } from './tree.ts'

export function checkImports(tree: Tree): Outcome {
  const modules = readModules(tree)
  const findings: Finding[] = []
  for (const [file, references] of modules) {
    for (const reference of references) {
      if (reference.via !== 'import') continue
      const message = violation(file, reference)
      if (message !== undefined) findings.push({ file, line: reference.line, message })
    }
  }
  return { findings: [...findings, ...circles(modules)] }
}

function violation(file: string, reference: Reference): string | undefined {
  const layer = layerOf(file)
  switch (reference.kind) {
    case 'builtin':
      return runsInBrowser(file) && !isTest(file)
        ? `${folderOf(file)} runs in a browser, so it may not import ${reference.target}`
        : undefined
    case 'package':
      return packageRules
        .map((rule) => packageViolation(file, reference.target, rule))
        .find((text) => text !== undefined)
    case 'file':
      return fileViolation(layer, reference) ?? browserViolation(file, reference.target)
  }
}

/** Of a package of which some folders run in a browser, a browser gets only those. */
function browserViolation(file: string, target: string): string | undefined {
  if (!runsInBrowser(file) || isTest(file) || runsInBrowser(target)) return undefined
  const to = layerOf(target)
  const packageFolder = to === undefined ? undefined : layers[to]?.folder
  if (packageFolder === undefined || !browserFolders.some((folder) => folder.startsWith(packageFolder)))
    return undefined
  return `${folderOf(file)} runs in a browser, so it may not import ${target}, which does not`
}

function runsInBrowser(file: string): boolean {
  return within(file, browserFolders)
}

function folderOf(file: string): string {
  return browserFolders.find((folder) => file.startsWith(folder)) ?? file
}

function packageViolation(file: string, name: string, rule: PackageRule): string | undefined {
  if (rule.name !== name) return undefined
  if (rule.only !== undefined && !within(file, rule.only))
    return `${name} may be imported only in ${rule.only.join(', ')}: ${rule.reason}`
  if (rule.never !== undefined && within(file, rule.never)) return `${name} may not be imported here: ${rule.reason}`
  return undefined
}

function fileViolation(from: string | undefined, reference: Reference): string | undefined {
  const to = layerOf(reference.target)
  if (from === to) return undefined
  if (from === undefined) return `this file is in no layer, so it may not import ${reference.target}`
  if (to === undefined) return `${from} may not import ${reference.target}, which is in no layer`
  if (layers[from]?.may.includes(to) !== true) return `${from} may not import ${to} (${reference.target})`
  if (reference.specifier.startsWith('.') && layers[to]?.byPath !== true)
    return `write @tessera/${to}/... instead of a path into another package`
  return undefined
}

function layerOf(path: string): string | undefined {
  return Object.entries(layers).find(([, layer]) => path.startsWith(layer.folder))?.[0]
}

function within(file: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place))
}

/** Each circle of imports once, whichever of its files is met first. Imports of types count: they tie files together as well. */
function circles(modules: Modules): Finding[] {
  const findings: Finding[] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    const start = path.indexOf(file)
    if (start !== -1) {
      const circle = [...path.slice(start), file]
      findings.push({ file, message: `circular import: ${circle.join(' -> ')}` })
      return
    }
    if (done.has(file)) return
    path.push(file)
    for (const reference of modules.get(file) ?? []) {
      if (reference.via === 'import' && reference.kind === 'file') visit(reference.target)
    }
    path.pop()
    done.add(file)
  }
  for (const file of modules.keys()) visit(file)
  return findings
}
