// @testonly The tests that every blob store passes, whatever it keeps its blocks in. Imported by test files only; a new implementation
// calls this with its own factory. The tests of block stores are in conformance.ts.

import { describe, test } from 'node:test'
import { Bench, type Place } from './blobStoreBench.ts'
import { FETCHING } from './blobStoreFetching.ts'
import { KEEPING, OUTLIVING } from './blobStoreKeeping.ts'

export interface Suite {
  /** A place that no test has used. It may share a daemon or a bucket with others: no two tests use the same bytes. */
  place(): Promise<Place>
  /** False when a closed store leaves nothing behind. */
  readonly outlives: boolean
}

/** Runs the suite over stores of `suite.place()`, a fresh one for each test. */
export function blobStoreConformance(name: string, suite: Suite): void {
  const cases = { ...KEEPING, ...FETCHING, ...(suite.outlives ? OUTLIVING : {}) }
  describe(`${name}: blob store`, () => {
    for (const [title, run] of Object.entries(cases)) {
      test(title, async () => {
        const bench = new Bench(await suite.place(), title)
        try {
          await run(bench)
        } finally {
          await bench.close()
        }
      })
    }
  })
}
