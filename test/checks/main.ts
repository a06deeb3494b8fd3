// `npm run check`: everything about the repository that a machine can hold and that is not a test. Runs all checks, fast ones
// first, or those named on the command line; a failure does not stop the rest.

import { type Check, runChecks } from './check.ts'
import { checkCompiler } from './compiler.ts'
import { checkDependencies } from './dependencies.ts'
import { checkCustomErrors, checkErrorCodes } from './errorCodes.ts'
import { checkExports } from './exports.ts'
import { checkSolidityLayout, checkSolidityLint, checkTypeScriptStyle } from './format.ts'
import { checkCodeSizes, checkGas } from './gas.ts'
import { checkGenerated, generators } from './generated.ts'
import { checkHygiene } from './hygiene.ts'
import { checkImports } from './imports.ts'
import { checkInvariants } from './invariants.ts'
import { checkLinks } from './links.ts'
import { closing, resultLines } from './report.ts'
import { checkSizes } from './sizes.ts'
import { workingTree } from './tree.ts'
import { checkTypes } from './types.ts'

const tree = workingTree()

const checks: readonly Check[] = [
  { name: 'sizes', run: () => checkSizes(tree) },
  { name: 'links', run: () => checkLinks(tree) },
  { name: 'invariants', run: () => checkInvariants(tree) },
  { name: 'imports', run: () => checkImports(tree) },
  { name: 'exports', run: () => checkExports(tree) },
  { name: 'hygiene', run: () => checkHygiene(tree) },
  { name: 'errors', run: () => checkErrorCodes(tree) },
  { name: 'reverts', run: () => checkCustomErrors(tree) },
  { name: 'style', run: () => checkTypeScriptStyle() },
  { name: 'layout', run: () => checkSolidityLayout() },
  { name: 'solhint', run: () => checkSolidityLint() },
  { name: 'dependencies', run: () => checkDependencies() },
  { name: 'types', run: () => checkTypes() },
  { name: 'warnings', run: () => checkCompiler(tree) },
  // Loaded late: it imports the programs themselves, and one that does not load must fail this check only.
  { name: 'options', run: async () => (await import('./options.ts')).checkOptions(tree) },
  { name: 'generated', run: () => checkGenerated(generators) },
  { name: 'code-sizes', run: () => checkCodeSizes(tree) },
  { name: 'gas', run: () => checkGas(tree) },
]

const names = process.argv.slice(2)
const unknown = names.filter((name) => !checks.some((check) => check.name === name))
if (unknown.length > 0) {
  console.error(`no such check: ${unknown.join(', ')}; there are ${checks.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
const chosen = names.length === 0 ? checks : checks.filter(({ name }) => names.includes(name))
const results = await runChecks(
  chosen,
  () => performance.now(),
  (result) => console.log(resultLines(result).join('\n')),
)
const { line, code } = closing(results)
console.log(`\n${line}`)
process.exitCode = code
