// What Medusa is told. It has no option for a seed, so each run is another one; what it finds it prints as a sequence of calls.

import type { Contract } from '../checks/solc.ts'
import { harnessName, type Suite } from './harness.ts'

export interface Bounds {
  readonly workers: number
  readonly calls: number
  readonly seconds: number
  readonly perSequence: number
}

/** @param handler As compiled. @param compile What crytic-compile is called with: the target, then its options. */
export function medusaConfig(
  suite: Suite,
  handler: Contract,
  compile: { readonly target: string; readonly exportDirectory: string; readonly args: readonly string[] },
  { workers, calls, seconds, perSequence }: Bounds,
): object {
  return {
    fuzzing: {
      workers,
      testLimit: calls,
      timeout: seconds,
      callSequenceLength: perSequence,
      shrinkLimit: 1_000,
      coverageFormats: [],
      targetContracts: [harnessName(suite)],
      // The handlers move the clock themselves, and some of the models know of no other.
      blockNumberDelayMax: 0,
      blockTimestampDelayMax: 0,
      // A setUp makes several contracts.
      transactionGasLimit: 60_000_000,
      testing: {
        // The handler is made by the harness. Of all that it makes only the handler's calls are called.
        testAllContracts: true,
        targetFunctionSignatures: signatures(suite, handler),
        stopOnNoTests: true,
        stopOnFailedTest: true,
        stopOnFailedContractMatching: false,
        testViewMethods: false,
        verbosity: 1,
        assertionTesting: { enabled: true, panicCodeConfig },
        propertyTesting: { enabled: true, testPrefixes: ['property_'] },
        optimizationTesting: { enabled: false, testPrefixes: ['optimize_'] },
      },
      chainConfig: { codeSizeCheckDisabled: true, cheatCodes: { cheatCodesEnabled: true, enableFFI: false } },
    },
    compilation: { platform: 'crytic-compile', platformConfig: { ...compile, solcVersion: '' } },
    slither: { useSlither: false },
    logging: { level: 'info', noColor: true },
  }
}

// A handler bounds what it is given, so no panic of any kind is right.
const panicCodeConfig = {
  failOnCompilerInsertedPanic: true,
  failOnAssertion: true,
  failOnArithmeticUnderflow: true,
  failOnDivideByZero: true,
  failOnEnumTypeConversionOutOfBounds: true,
  failOnIncorrectStorageAccess: true,
  failOnPopEmptyArray: true,
  failOnOutOfBoundsArrayAccess: true,
  failOnAllocateTooMuchMemory: true,
  failOnCallUninitializedVariable: true,
}

function signatures(suite: Suite, handler: Contract): string[] {
  const known = Object.keys(handler.evm?.methodIdentifiers ?? {})
  return suite.calls.map((name) => {
    const signature = known.find((candidate) => candidate.startsWith(`${name}(`))
    if (signature === undefined) throw new Error(`${suite.handler} has no function ${name}`)
    return `${suite.handler}.${signature}`
  })
}
