import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { defineOptions, parseOptions } from '@tessera/agent/options'
import { isTesseraError } from '@tessera/protocol/errors'
import { FakeKubo } from '@tessera/storage/kubo/fakeKubo'
import { nodeOptions } from './nodeOptions.ts'
import { openStore, type StoreChoice } from './openStore.ts'

async function scene(run: (fake: FakeKubo, choose: (...argv: string[]) => StoreChoice, dir: string) => Promise<void>) {
  const dir = await mkdtemp(join(tmpdir(), 'tessera-open-store-'))
  const fake = await FakeKubo.start()
  const choose = (...argv: string[]) => {
    const { data, diskQuota, downloadLimit, allowPrivate, blobStore, kuboRpc, kuboTokenFile, kuboGc } = nodeOptions
    const table = defineOptions({
      data,
      diskQuota,
      downloadLimit,
      allowPrivate,
      blobStore,
      kuboRpc,
      kuboTokenFile,
      kuboGc,
    })
    return parseOptions(table, { argv: ['--data', dir, '--kubo-rpc', fake.url, ...argv], env: {} })
  }
  try {
    await run(fake, choose, dir)
  } finally {
    await fake.close()
    await rm(dir, { recursive: true, force: true })
  }
}

const bytes = new Uint8Array(1000)

test('blobs are kept in the data folder, and no daemon is asked, unless the options say so', () =>
  scene(async (fake, choose, dir) => {
    const store = await openStore(choose())
    await store.put(bytes, { round: 1, maxBytes: 1000 })
    await store.close()
    assert.ok(existsSync(join(dir, 'blobs', 'blocks')))
    assert.deepEqual(fake.calls, [])
  }))

test('a token is the first line of its file, and garbage is collected where that was asked for', () =>
  scene(async (fake, choose, dir) => {
    const file = join(dir, 'token')
    await writeFile(file, 's3cret\nnot this\n')
    fake.token = 's3cret'
    const store = await openStore(choose('--blob-store', 'kubo', '--kubo-token-file', file, '--kubo-gc'))
    const ref = await store.put(bytes, { round: 1, maxBytes: 1000 })
    assert.ok(fake.blocks.has(ref.digest))
    await store.collect({ keepFromRound: 2, maxBytes: 1e9 })
    await store.close()
    assert.equal(fake.blocks.size, 0)
  }))

test('a file without a token is refused before the daemon is asked', () =>
  scene(async (fake, choose, dir) => {
    const file = join(dir, 'token')
    for (const text of ['', '\ntoken', 'two words', 'naïve', 'line\rbreak']) {
      await writeFile(file, text)
      const opened = openStore(choose('--blob-store', 'kubo', '--kubo-token-file', file))
      await assert.rejects(opened, (error) => isTesseraError(error, 'kubo/bad-token'))
    }
    assert.deepEqual(fake.calls, [])
  }))
