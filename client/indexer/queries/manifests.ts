// What the observer found a run's manifest to say.

import type { Kysely } from 'kysely'
import type { Tables } from '../database/tables.ts'
import type { RunLedger } from '../ingest/ledger.ts'
import type { ObservedManifest } from '../observer/book.ts'

/** Null until the observer has it. */
export async function readManifest(db: Kysely<Tables>, { state }: RunLedger): Promise<ObservedManifest | null> {
  const digest = state.params?.manifestDigest
  if (digest === undefined) return null
  const row = await db.selectFrom('manifests').select('body').where('digest', '=', digest).executeTakeFirst()
  // SAFETY: written by the observer's book, from what it was given.
  return row === undefined ? null : (JSON.parse(row.body) as ObservedManifest)
}
