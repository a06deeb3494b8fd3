// What a check is, and running several. Prints nothing: report.ts words the outcome.

/** One violation. `line` counts from 1. */
export interface Finding {
  readonly file?: string
  readonly line?: number
  readonly message: string
}

export interface Outcome {
  readonly findings: readonly Finding[]
  /** Lines worth seeing even when nothing is wrong, for instance a table of sizes. */
  readonly notes?: readonly string[]
}

export interface Check {
  readonly name: string
  run(): Outcome | Promise<Outcome>
}

export interface Result {
  readonly name: string
  readonly ms: number
  readonly outcome: Outcome
}

/**
 * Runs the checks one after the other, whatever the earlier ones found, and hands each result to `onResult` as it comes. A check
 * that throws has failed: what it threw becomes its finding.
 */
export async function runChecks(
  checks: readonly Check[],
  now: () => number,
  onResult: (result: Result) => void,
): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const check of checks) {
    const start = now()
    const outcome = await outcomeOf(check)
    const result = { name: check.name, ms: now() - start, outcome }
    results.push(result)
    onResult(result)
  }
  return results
}

async function outcomeOf(check: Check): Promise<Outcome> {
  try {
    return await check.run()
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { findings: [{ message: `the check itself failed: ${text}` }] }
  }
}
