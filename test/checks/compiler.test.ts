import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCompiler } from './compiler.ts'
import { plantedTree } from './tree.ts'

const head = '// SPDX-License-Identifier: Apache-2.0\n// \u2014\npragma solidity 0.8.34;\n'
const openZeppelin = 'import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";\n'

test('a warning is found with its line; a clean contract that imports a package passes', () => {
  const clean = `${head}${openZeppelin}interface IA is IERC20 {}\n`
  const { findings } = checkCompiler(
    plantedTree({
      'contracts/A.sol': clean,
      'contracts/B.sol': `${head}contract B {\n    function f(uint256 a) external pure returns (uint256) { return 1; }\n}\n`,
    }),
  )
  assert.equal(findings.length, 1)
  assert.equal(findings[0]!.file, 'contracts/B.sol')
  assert.equal(findings[0]!.line, 5)
  assert.match(findings[0]!.message, /^warning: Unused function parameter/)
})

test('an error is found', () => {
  const { findings } = checkCompiler(plantedTree({ 'contracts/A.sol': `${head}import {X} from "./X.sol";\n` }))
  assert.match(findings[0]!.message, /^error: .*X\.sol/)
})
