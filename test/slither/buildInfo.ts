// What Slither and Medusa get of the compiler: a build-info file in Hardhat's older form, which crytic-compile reads without running
// anything. Compiled here rather than by Hardhat, so that it holds these files, whatever was built before, and takes seconds.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CompilerInput, type CompilerOutput, compilerVersion, compileSolidity } from '../checks/solc.ts'
import type { Tree } from '../checks/tree.ts'

/**
 * Compiles `sources`, and what they import of the tree and of packages, into a folder of artifacts.
 * @param files Path to text.
 * @param code Makes code, optimised like Hardhat's; else only what is needed to read the sources, in a third of the time.
 */
export function writeBuildInfo(
  tree: Tree,
  files: Readonly<Record<string, string>>,
  folder: string,
  code: boolean,
): CompilerOutput {
  const parts = ['object', 'sourceMap', 'linkReferences']
  const made = ['bytecode', 'deployedBytecode'].flatMap((kind) => parts.map((part) => `evm.${kind}.${part}`))
  const input: CompilerInput = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(files).map(([path, content]) => [path, { content }])),
    settings: {
      evmVersion: 'osaka',
      optimizer: { enabled: code, runs: 200 },
      outputSelection: { '*': { '*': ['abi', 'evm.methodIdentifiers', ...(code ? made : [])], '': ['ast'] } },
    },
  }
  const output = compileSolidity(input, (path) => (tree.has(path) ? tree.read(path) : undefined))
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(`the contracts do not compile: ${errors.map((e) => e.message).join('; ')}`)
  // crytic-compile asks for code also where nobody needs it.
  const none = { bytecode: { object: '', sourceMap: '' }, deployedBytecode: { object: '', sourceMap: '' } }
  const contracts = Object.fromEntries(
    Object.entries(output.contracts ?? {}).map(([file, found]) => [
      file,
      Object.fromEntries(Object.entries(found).map(([name, one]) => [name, { ...one, evm: { ...none, ...one.evm } }])),
    ]),
  )
  const buildInfo = join(folder, 'build-info')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(buildInfo, { recursive: true })
  const text = JSON.stringify({ solcVersion: compilerVersion(), input, output: { ...output, contracts } })
  writeFileSync(join(buildInfo, 'contracts.json'), text)
  return output
}
