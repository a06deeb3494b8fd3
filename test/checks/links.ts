// Holds the links of Markdown files: what is relative resolves to a file or folder of the tree, and to a heading of it if the link
// names one. Links to other machines are not followed. Also: nothing that is published names the host of a package registry.

import { posix } from 'node:path'
import type { Finding, Outcome } from './check.ts'
import { anchorsOf, type Link, linksOf } from './markdown.ts'
import type { Tree } from './tree.ts'

// A lock file or a page that names a registry sends its reader there, whatever registry they are set up for.
const REGISTRY =
  /\bregistry\.(?:npmjs|yarnpkg|npmmirror)\.\w+|\bnpm\.pkg\.github\.com|\b(?:files\.pythonhosted|pypi)\.org/

export function checkLinks(tree: Tree): Outcome {
  const findings: Finding[] = []
  const folders = new Set(tree.files.flatMap(parents))
  for (const file of tree.files.filter((path) => path.endsWith('.md'))) {
    for (const link of linksOf(tree.read(file))) {
      const message = broken(tree, folders, file, link)
      if (message !== undefined) findings.push({ file, line: link.line, message: `${link.target}: ${message}` })
    }
  }
  return { findings: [...findings, ...registryHosts(tree)] }
}

function broken(tree: Tree, folders: ReadonlySet<string>, file: string, link: Link): string | undefined {
  if (/^[a-z][a-z\d+.-]*:/i.test(link.target)) return undefined
  const [path = '', fragment] = link.target.split('#', 2)
  if (path.startsWith('/')) return 'write links relative to the file'
  const target = path === '' ? file : posix.join(posix.dirname(file), decodeURIComponent(path)).replace(/\/$/, '')
  if (!tree.has(target)) return folders.has(target) || target === '.' ? undefined : 'no such file'
  if (fragment === undefined || !target.endsWith('.md')) return undefined
  return anchorsOf(tree.read(target)).has(decodeURIComponent(fragment)) ? undefined : 'no such heading'
}

function registryHosts(tree: Tree): Finding[] {
  const texts = tree.files.filter((path) => path.endsWith('.md') || posix.basename(path) === 'package-lock.json')
  return texts.flatMap((file) =>
    tree
      .read(file)
      .split('\n')
      .flatMap((text, index) => {
        const host = REGISTRY.exec(text)?.[0]
        return host === undefined ? [] : [{ file, line: index + 1, message: `names the registry host ${host}` }]
      }),
  )
}

function parents(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
