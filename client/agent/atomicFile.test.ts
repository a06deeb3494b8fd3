import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { TesseraError } from '@tessera/protocol/errors'
import { createFileExclusive, writeFileAtomic } from './atomicFile.ts'

const root = mkdtempSync(join(tmpdir(), 'tessera-file-'))
after(() => rmSync(root, { recursive: true }))
let folders = 0
const newFolder = () => {
  const folder = join(root, String(folders++))
  mkdirSync(folder)
  return folder
}
const text = (path: string) => readFileSync(path, 'utf8')

async function* pieces(...parts: string[]) {
  for (const part of parts) yield Buffer.from(part)
}

describe('writeFileAtomic', () => {
  test('creates and replaces, from text, bytes and pieces; private unless told otherwise', async () => {
    const path = join(newFolder(), 'state')
    await writeFileAtomic(path, 'one')
    assert.equal(text(path), 'one')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    await writeFileAtomic(path, new Uint8Array([65, 66]), { mode: 0o666 })
    assert.equal(text(path), 'AB')
    assert.equal(statSync(path).mode & 0o777, 0o666, 'whatever the umask')
    await writeFileAtomic(path, [Buffer.from('x'), Buffer.from(''), Buffer.from('yz')])
    assert.equal(text(path), 'xyz')
    await writeFileAtomic(path, pieces('p', 'q'))
    assert.equal(text(path), 'pq')
  })

  test('leaves the old file and no other when the data fails, and lets its error through', async () => {
    const folder = newFolder()
    const path = join(folder, 'state')
    await writeFileAtomic(path, 'old')
    async function* failing() {
      yield Buffer.from('half')
      throw new TesseraError('training/failed', 'no more')
    }
    await assert.rejects(writeFileAtomic(path, failing()), { code: 'training/failed' })
    assert.equal(text(path), 'old')
    assert.deepEqual(readdirSync(folder), ['state'])
  })

  test('stops on the signal, before and in the middle', async () => {
    const folder = newFolder()
    const path = join(folder, 'state')
    const reason = new Error('stop')
    await assert.rejects(writeFileAtomic(path, 'x', { signal: AbortSignal.abort(reason) }), reason)
    const controller = new AbortController()
    async function* aborting() {
      yield Buffer.from('half')
      controller.abort(reason)
      yield Buffer.from('rest')
    }
    await assert.rejects(writeFileAtomic(path, aborting(), { signal: controller.signal }), reason)
    assert.deepEqual(readdirSync(folder), [])
  })

  test('two writes of one file at once: one of them whole', async () => {
    const folder = newFolder()
    const path = join(folder, 'state')
    const [a, b] = ['a'.repeat(1e6), 'b'.repeat(1e6)]
    await Promise.all([writeFileAtomic(path, a), writeFileAtomic(path, b)])
    assert.ok([a, b].includes(text(path)))
    assert.deepEqual(readdirSync(folder), ['state'])
  })

  test('killed in the middle: the old file is intact, and the next write clears the remains', async () => {
    const folder = newFolder()
    const path = join(folder, 'state')
    await writeFileAtomic(path, 'old')
    const script = `
      import { writeFileAtomic } from ${JSON.stringify(join(import.meta.dirname, 'atomicFile.ts'))}
      async function* dying() {
        yield new Uint8Array(100000)
        process.kill(process.pid, 'SIGKILL')
        yield new Uint8Array(100000)
      }
      await writeFileAtomic(${JSON.stringify(path)}, dying())`
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', script])
    assert.equal(signal, 'SIGKILL')
    assert.equal(text(path), 'old')
    assert.equal(readdirSync(folder).length, 2, 'a temporary file is left')
    writeFileSync(join(folder, 'state.backup.tmp'), 'mine')
    writeFileSync(join(folder, 'state.1-0.tmp'), 'of a living process')
    await writeFileAtomic(path, 'new')
    assert.equal(text(path), 'new')
    assert.deepEqual(readdirSync(folder).sort(), ['state', 'state.1-0.tmp', 'state.backup.tmp'])
  })

  test('file/write-failed when there is no folder', async () => {
    await assert.rejects(writeFileAtomic(join(root, 'none', 'x'), ''), {
      code: 'file/write-failed',
      context: { path: join(root, 'none', 'x'), reason: 'ENOENT' },
    })
  })
})

describe('createFileExclusive', () => {
  test('creates once; file/exists afterwards, with the first content', async () => {
    const folder = newFolder()
    const path = join(folder, 'key')
    await createFileExclusive(path, 'one')
    await assert.rejects(createFileExclusive(path, 'two'), { code: 'file/exists' })
    assert.equal(text(path), 'one')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(folder), ['key'])
  })
})
