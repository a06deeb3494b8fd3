// Compiles the contracts as far as the compiler's analysis goes, to see every warning: Hardhat shows warnings only when it compiles
// anew, and a second run is silent. Makes no code; what is deployed is Hardhat's build.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Finding, Outcome } from './check.ts'
import { repositoryRoot, type Tree } from './tree.ts'

const require = createRequire(import.meta.url)

interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
  readonly sourceLocation?: { readonly file: string; readonly start: number }
}

interface Solc {
  compile(input: string, callbacks: { import(path: string): { contents: string } | { error: string } }): string
}

/** Every error and warning about our own Solidity files. */
export function checkCompiler(tree: Tree): Outcome {
  const files = tree.files.filter((file) => file.endsWith('.sol'))
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(files.map((file) => [file, { content: tree.read(file) }])),
    // The ABI makes the compiler analyse everything and generate nothing.
    settings: { evmVersion: 'osaka', outputSelection: { '*': { '*': ['abi'] } } },
  }
  const solc = require('solc') as Solc
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: packageFile })) as { errors?: Diagnostic[] }
  const diagnostics = (output.errors ?? []).filter(({ severity }) => severity !== 'info')
  return { findings: diagnostics.flatMap((diagnostic) => finding(tree, diagnostic)) }
}

function finding(tree: Tree, { message, severity, sourceLocation }: Diagnostic): Finding[] {
  if (sourceLocation === undefined) return [{ message: `${severity}: ${message}` }]
  const { file, start } = sourceLocation
  // Warnings in packages are their authors'.
  if (!tree.has(file)) return severity === 'error' ? [{ file, message }] : []
  // The compiler counts bytes, not characters.
  const before = Buffer.from(tree.read(file)).subarray(0, start).toString()
  return [{ file, line: before.split('\n').length, message: `${severity}: ${message}` }]
}

function packageFile(path: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(join(repositoryRoot, 'node_modules', path), 'utf8') }
  } catch (error) {
    return { error: String(error) }
  }
}
