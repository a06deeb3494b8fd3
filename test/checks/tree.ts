// The files that a check reads: those that git tracks or would track. Not a file system: paths are relative to the root of the
// repository and use '/', and a check never sees what .gitignore leaves out. Tests hand in a planted tree instead.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository, without a slash at the end. */
export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')

export interface Tree {
  /** Sorted. */
  readonly files: readonly string[]
  has(path: string): boolean
  /** The text of one of `files`. */
  read(path: string): string
  /** Bytes of one of `files`. */
  size(path: string): number
}

/** The repository's own tree as it stands on the disk, staged or not. Reads each file once. */
export function workingTree(root: string = repositoryRoot): Tree {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  // A file that is deleted and not yet staged is still listed.
  const files = [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(join(root, path))).sort()
  const known = new Set(files)
  const texts = new Map<string, string>()
  return {
    files,
    has: (path) => known.has(path),
    read(path) {
      let text = texts.get(path)
      if (text === undefined) {
        text = readFileSync(join(root, path), 'utf8')
        texts.set(path, text)
      }
      return text
    },
    size: (path) => statSync(join(root, path)).size,
  }
}

/** A tree that exists in memory only: path to text. @testonly */
export function plantedTree(texts: Readonly<Record<string, string>>): Tree {
  const read = (path: string): string => {
    const text = texts[path]
    if (text === undefined) throw new Error(`${path} is not in the planted tree`)
    return text
  }
  return {
    files: Object.keys(texts).sort(),
    has: (path) => Object.hasOwn(texts, path),
    read,
    size: (path) => Buffer.byteLength(read(path)),
  }
}
