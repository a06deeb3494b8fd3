// The observer's book in the database.

import { encodeReceipts } from '@tessera/protocol/receipt'
import type { Kysely } from 'kysely'
import type { ObserverBook } from '../observer/book.ts'
import type { Tables } from './tables.ts'

export function observerBook(db: Kysely<Tables>): ObserverBook {
  return {
    async hasManifest(digest) {
      return (
        (await db.selectFrom('manifests').select('digest').where('digest', '=', digest).executeTakeFirst()) !==
        undefined
      )
    },
    async hasCheckpoint(run, root) {
      const row = await db
        .selectFrom('checkpoints')
        .select('root')
        .where('run', '=', Number(run))
        .where('root', '=', root)
        .executeTakeFirst()
      return row !== undefined
    },
    async hasContribution(digest) {
      const row = await db
        .selectFrom('observed_contributions')
        .select('digest')
        .where('digest', '=', digest)
        .executeTakeFirst()
      return row !== undefined
    },
    async hasReceipts(digest) {
      const row = await db.selectFrom('receipts').select('state').where('digest', '=', digest).executeTakeFirst()
      return row !== undefined && row.state !== 'unfetchable'
    },
    async putManifest(digest, manifest) {
      const body = JSON.stringify(manifest)
      await db
        .insertInto('manifests')
        .values({ digest, body })
        .onConflict((conflict) => conflict.column('digest').doUpdateSet({ body }))
        .execute()
    },
    async putCheckpoint(run, root, { loss, sample }) {
      const values = { loss, sample: sample === null ? null : JSON.stringify(sample) }
      await db
        .insertInto('checkpoints')
        .values({ run: Number(run), root, ...values })
        .onConflict((conflict) => conflict.columns(['run', 'root']).doUpdateSet(values))
        .execute()
    },
    async putContribution(digest, contribution) {
      await db
        .insertInto('observed_contributions')
        .values({ digest, ...contribution })
        .onConflict((conflict) => conflict.column('digest').doUpdateSet(contribution))
        .execute()
    },
    async putReceipts(digest, receipts) {
      const found = receipts.state === 'unfetchable' ? null : receipts.receipts
      const body = found === null ? null : new TextDecoder().decode(encodeReceipts(found))
      const values = { state: receipts.state, body }
      await db
        .insertInto('receipts')
        .values({ digest, ...values })
        .onConflict((conflict) => conflict.column('digest').doUpdateSet(values))
        .execute()
    },
  }
}
