// Runs the Solidity tests that record gas and writes what they recorded: `node test/checks/measureGas.ts OUT.json FILE...`. A
// process of its own, since Hardhat prints its report to the terminal and reads its configuration from the working directory.

import { writeFileSync } from 'node:fs'
import hre from 'hardhat'

interface SuiteResult {
  readonly testResults: readonly {
    readonly valueSnapshotGroups?: readonly {
      readonly name: string
      readonly entries: readonly { readonly name: string; readonly value: string }[]
    }[]
  }[]
}

interface TaskResult {
  readonly success: boolean
  readonly value?: { readonly suiteResults: readonly SuiteResult[] }
}

const [out, ...testFiles] = process.argv.slice(2)
if (out === undefined) throw new Error('usage: measureGas.ts OUT.json FILE...')
const result = (await hre.tasks.getTask(['test', 'solidity']).run({ testFiles })) as TaskResult
if (!result.success || result.value === undefined) throw new Error('a test failed: no gas to record')
const groups: Record<string, Record<string, string>> = {}
for (const { valueSnapshotGroups = [] } of result.value.suiteResults.flatMap((suite) => suite.testResults)) {
  for (const { name, entries } of valueSnapshotGroups) {
    groups[name] = { ...groups[name], ...Object.fromEntries(entries.map((entry) => [entry.name, entry.value])) }
  }
}
writeFileSync(out, JSON.stringify(groups))
