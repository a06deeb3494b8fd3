// The compiler as a function: Solidity sources in, its JSON out. The same compiler that Hardhat builds with, and nothing of Hardhat.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { repositoryRoot } from './tree.ts'

const require = createRequire(import.meta.url)

export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
  readonly sourceLocation?: { readonly file: string; readonly start: number }
}

export interface CompilerInput {
  readonly language: 'Solidity'
  readonly sources: Readonly<Record<string, { readonly content: string }>>
  readonly settings: Readonly<Record<string, unknown>>
}

export interface CompilerOutput {
  readonly errors?: readonly Diagnostic[]
  readonly sources?: Readonly<Record<string, object>>
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, object>>>>
}

interface Solc {
  version(): string
  compile(input: string, callbacks: { import(path: string): { contents: string } | { error: string } }): string
}

/** Compiles; imports that are not among the sources come from node_modules. Optimises only if the settings say so. */
export function compileSolidity(input: CompilerInput): CompilerOutput {
  const text = solc().compile(JSON.stringify(input), { import: packageFile })
  return JSON.parse(text) as CompilerOutput
}

/** For instance 0.8.34. @testonly */
export function compilerVersion(): string {
  return solc().version().replace(/\+.*/, '')
}

// Loaded when it is asked for: it is 10 MB of WebAssembly.
function solc(): Solc {
  return require('solc') as Solc
}

function packageFile(path: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(join(repositoryRoot, 'node_modules', path), 'utf8') }
  } catch (error) {
    return { error: String(error) }
  }
}
