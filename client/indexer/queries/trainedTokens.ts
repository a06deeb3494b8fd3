// How many tokens a run was trained on up to each of its rounds: what the included contributions say, so not before the observer has
// read them. Kept up to the last round of which everything is known: a long run is not added up anew for each block.

import type { RoundState } from '@tessera/protocol/runState'
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../database/tables.ts'
import type { RunLedger } from '../ingest/ledger.ts'
import { readManifest } from './manifests.ts'

interface Known {
  /** The last round that is counted. Another object in its place: the chain was stepped back. */
  readonly last: RoundState
  /** In samples, up to round i + 1. */
  readonly samples: readonly number[]
}

export class TrainedTokens {
  readonly #db: Kysely<Tables>
  readonly #known = new Map<bigint, Known>()

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  /** Round by round from the first, in all; null from the first round on of which a contribution is unread. */
  async of(run: RunLedger): Promise<readonly (number | null)[]> {
    const { rounds } = run.state
    const manifest = await readManifest(this.#db, run)
    if (manifest === null) return rounds.map(() => null)
    const samples = await this.#samples(run)
    return rounds.map((_, i) => {
      const sum = samples[i]
      return sum === undefined ? null : sum * manifest.tokensPerSample
    })
  }

  async #samples({ state }: RunLedger): Promise<readonly number[]> {
    const { run, rounds } = state
    const known = this.#known.get(run)
    const isValid = known !== undefined && rounds[known.samples.length - 1] === known.last
    const samples = isValid ? [...known.samples] : []
    const read = await this.#read(Number(run), samples.length)
    for (let round = samples.length + 1; round <= rounds.length; round++) {
      const row = read.get(round) ?? { included: 0, seen: 0, samples: 0 }
      if (row.seen < row.included) break
      samples.push((samples.at(-1) ?? 0) + row.samples)
    }
    const last = rounds[samples.length - 1]
    if (last !== undefined) this.#known.set(run, { last, samples })
    return samples
  }

  /** By round after `after`; those that included something. */
  async #read(run: number, after: number) {
    const rows = await this.#db
      .selectFrom('contributions as c')
      .leftJoin('observed_contributions as o', 'o.digest', 'c.digest')
      .select(({ fn }) => [
        'c.round',
        fn.countAll<number>().as('included'),
        fn.count<number>('o.digest').as('seen'),
        // What could not be read states nothing. A double holds the samples of a round exactly.
        sql<number>`coalesce(sum(cast(o.samples as double precision)), 0)`.as('samples'),
      ])
      .where('c.run', '=', run)
      .where('c.status', '=', 'included')
      .where('c.round', '>', after)
      .groupBy('c.round')
      .execute()
    return new Map(rows.map((row) => [row.round, row]))
  }
}
