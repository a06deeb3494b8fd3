import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readFileLimited } from './limitedFile.ts'

const root = mkdtempSync(join(tmpdir(), 'tessera-read-'))
after(() => rmSync(root, { recursive: true }))
const path = join(root, 'file')
writeFileSync(path, 'hello')

test('reads a file up to the limit, and an empty one', async () => {
  assert.equal(Buffer.from(await readFileLimited(path, 5)).toString(), 'hello')
  writeFileSync(join(root, 'empty'), '')
  assert.equal((await readFileLimited(join(root, 'empty'), 0)).length, 0)
})

test('file/too-large says both sizes', async () => {
  await assert.rejects(readFileLimited(path, 4), {
    code: 'file/too-large',
    context: { path, bytes: 5, maxBytes: 4 },
  })
})

test('file/missing, file/not-a-file, file/read-failed', async () => {
  await assert.rejects(readFileLimited(join(root, 'none'), 5), { code: 'file/missing' })
  await assert.rejects(readFileLimited(root, 5), { code: 'file/not-a-file' })
  await assert.rejects(readFileLimited(join(path, 'below'), 5), { code: 'file/read-failed' })
})

test('a named pipe without a writer is refused, not waited for', async () => {
  const pipe = join(root, 'pipe')
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
  await assert.rejects(readFileLimited(pipe, 5), { code: 'file/not-a-file' })
})

test('an aborted signal ends it with its reason', async () => {
  const reason = new Error('stop')
  await assert.rejects(readFileLimited(path, 5, { signal: AbortSignal.abort(reason) }), reason)
})
