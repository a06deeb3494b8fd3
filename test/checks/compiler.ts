// Compiles the contracts as far as the compiler's analysis goes, to see every warning: Hardhat shows warnings only when it compiles
// anew, and a second run is silent. Makes no code; what is deployed is Hardhat's build.

import type { Finding, Outcome } from './check.ts'
import { compileSolidity, type Diagnostic } from './solc.ts'
import type { Tree } from './tree.ts'

/** Every error and warning about our own Solidity files. */
export function checkCompiler(tree: Tree): Outcome {
  const files = tree.files.filter((file) => file.endsWith('.sol'))
  const { errors = [] } = compileSolidity({
    language: 'Solidity',
    sources: Object.fromEntries(files.map((file) => [file, { content: tree.read(file) }])),
    // The ABI makes the compiler analyse everything and generate nothing.
    settings: { evmVersion: 'osaka', outputSelection: { '*': { '*': ['abi'] } } },
  })
  const diagnostics = errors.filter(({ severity }) => severity !== 'info')
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
