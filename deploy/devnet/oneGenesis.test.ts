import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { keepOneGenesis } from './oneGenesis.ts'

let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-genesis-'))
})

after(() => rm(folder, { recursive: true, force: true }))

const block = (number: string, timestamp: string) => ({ header: { number, timestamp }, transactions: [] })

async function kept(text: string): Promise<string> {
  const file = join(folder, 'chain.json')
  await writeFile(file, text)
  await keepOneGenesis(file)
  return await readFile(file, 'utf8')
}

test('of several blocks 0 the oldest stays, and everything else', async () => {
  const blocks = [
    block('0x0', '0x30'),
    block('0x1', '0x11'),
    block('0x0', '0x10'),
    block('0x0', '0x20'),
    block('0x2', '0x12'),
  ]
  const state = { best_block_number: 2, accounts: { a: 1 }, blocks }
  const wanted = { ...state, blocks: [block('0x1', '0x11'), block('0x0', '0x10'), block('0x2', '0x12')] }
  assert.deepEqual(JSON.parse(await kept(JSON.stringify(state))), wanted)
})

test('a file with one, and one that is no state, stay as they are', async () => {
  for (const text of [JSON.stringify({ blocks: [block('0x0', '0x1')] }), 'not json', '{}', '[]', 'null']) {
    assert.equal(await kept(text), text)
  }
  await keepOneGenesis(join(folder, 'no-such-file'))
})
