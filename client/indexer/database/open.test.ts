import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDatabase } from './open.ts'

const deployment = { genesisHash: `0x${'11'.repeat(32)}`, runCoordinator: `0x${'22'.repeat(20)}` } as const

test('a database opens again, and not for another chain', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'indexer-'))
  t.after(() => rm(folder, { recursive: true }))
  const at = join(folder, 'below', 'indexer.db')
  const first = await openDatabase({ at, deployment })
  await first.db.insertInto('blocks').values({ number: 7, hash: '0xab', timestamp: 1 }).execute()
  assert.ok(((await first.size()) ?? 0) > 0)
  await first.close()
  const again = await openDatabase({ at, deployment })
  assert.equal((await again.db.selectFrom('blocks').selectAll().execute()).length, 1)
  await again.close()
  const other = { ...deployment, genesisHash: `0x${'33'.repeat(32)}` } as const
  await assert.rejects(openDatabase({ at, deployment: other }), { code: 'indexer/other-chain', retryable: false })
})

test('a place that holds no database says so', async () => {
  const code = 'indexer/database-failed'
  await assert.rejects(openDatabase({ at: tmpdir(), deployment }), { code, retryable: false })
  await assert.rejects(openDatabase({ at: 'postgres://127.0.0.1:1/none', deployment }), { code, retryable: true })
})
