// The contract that Medusa fuzzes, made of an invariant suite of test/solidity: the same handler, the same calls, the same
// invariants. Nothing is said twice, so a new invariant is fuzzed by both runners.

export interface Suite {
  /** The suite's file. */
  readonly file: string
  /** Contract with the functions that are called in any order. */
  readonly handler: string
  /** Names of those functions. */
  readonly calls: readonly string[]
  readonly invariants: readonly string[]
  /** Contract with the invariants. */
  readonly test: string
}

/** Reads a suite by its form: one test contract, whose setUp lists the handler's selectors. */
export function readSuite(file: string, text: string): Suite {
  const test = /^contract (\w+Test) is/m.exec(text)?.[1]
  const selectors = [...text.matchAll(/^\s*calls\[\d+\] = (\w+)\.(\w+)\.selector;$/gm)]
  const handler = selectors[0]?.[1]
  const invariants = [...text.matchAll(/\bfunction (invariant_\w+)\(\)/g)].map(([, name]) => name ?? '')
  if (test === undefined || handler === undefined || invariants.length === 0)
    throw new Error(`${file} has no test contract with invariants whose setUp says calls[i] = Handler.name.selector`)
  return { file, handler, calls: selectors.map(([, , name]) => name ?? ''), invariants, test }
}

export function harnessName({ test }: Suite): string {
  return test.replace(/Test$/, 'Medusa')
}

/**
 * A contract beside the suite. Each property tries its invariant and takes back whatever that did, the time included: an invariant
 * may change the chain, and Medusa checks all of them after each call.
 */
export function harnessSource(suite: Suite): string {
  const properties = suite.invariants.flatMap((invariant) => [
    `    function ${invariant.replace('invariant', 'attempt')}() external {`,
    `        ${invariant}();`,
    '        revert Held();',
    '    }',
    '',
    `    function ${invariant.replace('invariant', 'property')}() external returns (bool) {`,
    `        try this.${invariant.replace('invariant', 'attempt')}() {} catch (bytes memory reason) {`,
    '            return bytes4(reason) == Held.selector;',
    '        }',
    '        return false;',
    '    }',
    '',
  ])
  return [
    '// SPDX-License-Identifier: Apache-2.0',
    'pragma solidity >=0.8.34;',
    '',
    `import {${suite.test}} from "./${suite.file.slice(suite.file.lastIndexOf('/') + 1)}";`,
    '',
    `contract ${harnessName(suite)} is ${suite.test} {`,
    '    error Held();',
    '',
    '    constructor() {',
    '        setUp();',
    '    }',
    '',
    ...properties.slice(0, -1),
    '}',
    '',
  ].join('\n')
}

/** The calls that Medusa counted last, in what it printed; 0 if it counted none. */
export function callsMade(said: string): number {
  return Number([...said.matchAll(/\bcalls:\s+(\d+)/g)].at(-1)?.[1] ?? 0)
}
