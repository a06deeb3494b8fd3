import assert from 'node:assert/strict'
import * as files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import { digestOf } from './blobRef.ts'
import { blockStoreConformance } from './conformance.ts'
import { MAX_BLOCK_BYTES } from './dagShape.ts'
import { diskFault } from './fault.ts'
import { FileBlocks, type Files } from './fileBlocks.ts'

async function folder(): Promise<{ dir: string; remove(): Promise<void> }> {
  const dir = await files.mkdtemp(join(tmpdir(), 'tessera-blocks-'))
  return { dir, remove: () => files.rm(dir, { recursive: true, force: true }) }
}

blockStoreConformance('FileBlocks', async () => {
  const { dir, remove } = await folder()
  const store = await FileBlocks.open(dir)
  return {
    store,
    corrupt: async (digest) => {
      const bytes = await files.readFile(store.pathOf(digest))
      bytes[0] = (bytes[0] ?? 0) ^ 1
      await files.writeFile(store.pathOf(digest), bytes)
    },
    close: remove,
  }
})

const bytes = new TextEncoder().encode('a block')
const digest = digestOf(bytes)

function failing(operation: keyof Files, code: string): Files {
  return { ...files, [operation]: () => Promise.reject(Object.assign(new Error(code), { code })) }
}

describe('FileBlocks', () => {
  test('blocks outlive the store, half-written files do not', async () => {
    const { dir, remove } = await folder()
    await (await FileBlocks.open(dir)).put(digest, bytes)
    await files.writeFile(join(dir, 'incoming', 'torn'), 'half of a blo')
    const again = await FileBlocks.open(dir)
    assert.deepEqual(Uint8Array.from((await again.get(digest))!), bytes)
    assert.deepEqual(await files.readdir(join(dir, 'incoming')), [])
    await remove()
  })

  test('a file that grew beyond any block is removed without being read', async () => {
    const { dir, remove } = await folder()
    const store = await FileBlocks.open(dir)
    await store.put(digest, bytes)
    await files.truncate(store.pathOf(digest), MAX_BLOCK_BYTES + 1)
    assert.equal(await store.get(digest), undefined)
    assert.equal(await store.sizeOf(digest), undefined)
    await remove()
  })

  test('foreign files in the folder are not blocks', async () => {
    const { dir, remove } = await folder()
    const store = await FileBlocks.open(dir)
    await store.put(digest, bytes)
    await files.writeFile(join(dir, digest.slice(2, 4), 'notes.txt'), 'hello')
    await files.mkdir(join(dir, 'other'))
    assert.deepEqual(await Array.fromAsync(store.list()), [{ digest, bytes: bytes.length }])
    await remove()
  })

  for (const [code, expected] of [
    ['ENOSPC', 'storage/disk-full'],
    ['EROFS', 'storage/no-access'],
    ['EIO', 'storage/io'],
  ] as const) {
    test(`a put that fails with ${code} is ${expected} and leaves nothing behind`, async () => {
      const { dir, remove } = await folder()
      const store = await FileBlocks.open(dir, failing('rename', code))
      await assert.rejects(store.put(digest, bytes), (error) => isTesseraError(error, expected))
      assert.equal(await store.get(digest), undefined)
      assert.deepEqual(await files.readdir(join(dir, 'incoming')), [])
      await remove()
    })
  }

  test('a block that may not be read is an error, not a missing block', async () => {
    const { dir, remove } = await folder()
    await (await FileBlocks.open(dir)).put(digest, bytes)
    const store = await FileBlocks.open(dir, failing('open', 'EACCES'))
    await assert.rejects(store.get(digest), (error) => isTesseraError(error, 'storage/no-access'))
    await remove()
  })

  test('a folder that cannot be made is reported on opening', async () => {
    const { dir, remove } = await folder()
    await files.writeFile(join(dir, 'file'), '')
    await assert.rejects(FileBlocks.open(join(dir, 'file', 'sub')), (error) => isTesseraError(error, 'storage/io'))
    await remove()
  })

  test('only a shortage that can pass is retryable', () => {
    const fault = (code: string) => diskFault(Object.assign(new Error(code), { code }), '/x')
    assert.equal(fault('EMFILE').retryable, true)
    assert.equal(fault('EDQUOT').code, 'storage/disk-full')
    assert.equal(fault('ENOSPC').retryable, true)
    assert.equal(fault('EPERM').code, 'storage/no-access')
    assert.equal(fault('EROFS').retryable, false)
    assert.equal(fault('EIO').retryable, false)
    assert.equal(diskFault('not even an error', '/x').code, 'storage/io')
  })
})
