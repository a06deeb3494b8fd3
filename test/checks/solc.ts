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
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, Contract>>>>
}

export interface Contract {
  readonly evm?: { readonly methodIdentifiers?: Readonly<Record<string, string>> }
}

type Imported = { readonly contents: string } | { readonly error: string }

interface Solc {
  version(): string
  compile(input: string, callbacks: { import(path: string): Imported }): string
}

/**
 * Compiles. Optimises only if the settings say so.
 * @param own What an import that is not among the sources holds; what it does not know comes from node_modules.
 */
export function compileSolidity(input: CompilerInput, own?: (path: string) => string | undefined): CompilerOutput {
  const read = (path: string): Imported => {
    const contents = own?.(path)
    return contents === undefined ? packageFile(path) : { contents }
  }
  return JSON.parse(solc().compile(JSON.stringify(input), { import: read })) as CompilerOutput
}

/** For instance 0.8.34. @testonly */
export function compilerVersion(): string {
  return solc().version().replace(/\+.*/, '')
}

// Loaded when it is asked for: it is 10 MB of WebAssembly.
function solc(): Solc {
  return require('solc') as Solc
}

function packageFile(path: string): Imported {
  try {
    return { contents: readFileSync(join(repositoryRoot, 'node_modules', path), 'utf8') }
  } catch (error) {
    return { error: String(error) }
  }
}
