// What Slither and Medusa get of the compiler: a build-info file in Hardhat's older form, which crytic-compile reads without running
// anything. Compiled here rather than by Hardhat, so that it holds these files, whatever was built before, and takes seconds.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CompilerInput, compilerVersion, compileSolidity } from '../checks/solc.ts'
import type { Tree } from '../checks/tree.ts'

/** @param optimized Makes code, optimised like Hardhat's; else only what is needed to read the sources, in a third of the time. */
export function writeBuildInfo(tree: Tree, files: readonly string[], folder: string, optimized: boolean): void {
  const code = ['evm.bytecode.object', 'evm.bytecode.sourceMap', 'evm.bytecode.linkReferences']
  const selection = optimized ? [...code, ...code.map((name) => name.replace('.byte', '.deployedByte'))] : []
  const input: CompilerInput = {
    language: 'Solidity',
    sources: Object.fromEntries(files.map((file) => [file, { content: tree.read(file) }])),
    settings: {
      evmVersion: 'osaka',
      optimizer: { enabled: optimized, runs: 200 },
      outputSelection: { '*': { '*': ['abi', 'devdoc', 'userdoc', ...selection], '': ['ast'] } },
    },
  }
  const output = compileSolidity(input)
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(`the contracts do not compile: ${errors.map((e) => e.message).join('; ')}`)
  // crytic-compile asks for code also where nobody needs it.
  const none = { bytecode: { object: '', sourceMap: '' }, deployedBytecode: { object: '', sourceMap: '' } }
  const contracts = Object.fromEntries(
    Object.entries(output.contracts ?? {}).map(([file, found]) => [
      file,
      Object.fromEntries(Object.entries(found).map(([name, contract]) => [name, { evm: none, ...contract }])),
    ]),
  )
  const buildInfo = join(folder, 'build-info')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(buildInfo, { recursive: true })
  const text = JSON.stringify({ solcVersion: compilerVersion(), input, output: { ...output, contracts } })
  writeFileSync(join(buildInfo, 'contracts.json'), text)
}
