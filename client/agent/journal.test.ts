import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { Journal, NO_ROUND } from './journal.ts'

const root = mkdtempSync(join(tmpdir(), 'tessera-journal-'))
after(() => rmSync(root, { recursive: true }))
let folders = 0
const newFolder = () => join(root, String(folders++))
const SCOPE = 'chain 31377, run 1'
const open = (folder: string, scope = SCOPE) => Journal.open({ folder, scope })

describe('record', () => {
  test('the first value stays, over a restart too', () => {
    const folder = newFolder()
    const journal = open(folder)
    assert.deepEqual(journal.record('commit', 5n, 'first'), { value: 'first', existed: false })
    assert.deepEqual(journal.record('commit', 5n, 'second'), { value: 'first', existed: true })
    assert.deepEqual(journal.record('reveal', 5n, 'other kind'), { value: 'other kind', existed: false })
    journal.close()
    const again = open(folder)
    assert.deepEqual(again.record('commit', 5n, 'third'), { value: 'first', existed: true })
    assert.equal(again.get('commit', 5n), 'first')
    assert.equal(again.get('commit', 6n), undefined)
    again.close()
  })

  test('for any sequence of calls and restarts, every answer is the first value given', () => {
    const step = fc.record({
      kind: fc.constantFrom('a', 'b'),
      round: fc.constantFrom(0n, 1n, 2n ** 62n, NO_ROUND),
      value: fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
      restart: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const folder = newFolder()
        let journal = open(folder)
        const firsts = new Map<string, string>()
        for (const { kind, round, value, restart } of steps) {
          if (restart) {
            journal.close()
            journal = open(folder)
          }
          const key = `${kind} ${round}`
          const existed = firsts.has(key)
          if (!existed) firsts.set(key, value)
          assert.deepEqual(journal.record(kind, round, value), { value: firsts.get(key), existed })
        }
        journal.close()
      }),
      { numRuns: 10 },
    )
  })
})

describe('put', () => {
  test('replaces, survives a restart, and cannot touch a decision', () => {
    const folder = newFolder()
    const journal = open(folder)
    journal.put('cursor', NO_ROUND, '1')
    journal.put('cursor', NO_ROUND, '2')
    journal.record('commit', 1n, 'x')
    assert.throws(() => journal.put('commit', 1n, 'y'), { code: 'journal/kind-mixed' })
    assert.throws(() => journal.record('cursor', NO_ROUND, 'y'), { code: 'journal/kind-mixed' })
    journal.close()
    const again = open(folder)
    assert.equal(again.get('cursor', NO_ROUND), '2')
    assert.equal(again.get('commit', 1n), 'x')
    again.close()
  })
})

describe('prune', () => {
  test('forgets old rounds, keeps what has none, and refuses to decide there again', () => {
    const folder = newFolder()
    const journal = open(folder)
    for (const round of [1n, 2n, 3n]) journal.record('commit', round, `v${round}`)
    journal.put('cursor', NO_ROUND, 'c')
    assert.equal(journal.prune(3n), 2)
    assert.equal(journal.prune(2n), 0, 'the mark does not go back')
    assert.equal(journal.get('commit', 2n), undefined)
    assert.throws(() => journal.record('commit', 2n, 'again'), { code: 'journal/pruned' })
    journal.close()
    const again = open(folder)
    assert.throws(() => again.record('commit', 2n, 'again'), { code: 'journal/pruned' })
    assert.deepEqual(again.record('commit', 3n, 'again'), { value: 'v3', existed: true })
    assert.equal(again.get('cursor', NO_ROUND), 'c')
    again.close()
  })
})

describe('refusals', () => {
  test('journal/bad-argument', () => {
    const journal = open(newFolder())
    assert.throws(() => journal.record('', 1n, 'x'), { code: 'journal/bad-argument' })
    assert.throws(() => journal.record('k'.repeat(65), 1n, 'x'), { code: 'journal/bad-argument' })
    assert.throws(() => journal.record('k', -1n, 'x'), { code: 'journal/bad-argument' })
    assert.throws(() => journal.get('k', NO_ROUND + 1n), { code: 'journal/bad-argument' })
    assert.throws(() => journal.put('k', 1n, 'x'.repeat(2 ** 20 + 1)), { code: 'journal/bad-argument' })
    for (const value of ['\ud800', 'a\0b'])
      assert.throws(() => journal.record('k', 1n, value), { code: 'journal/bad-argument' })
    journal.close()
    assert.throws(() => open(newFolder(), ''), { code: 'journal/bad-argument' })
  })

  test('journal/closed, and closing twice is fine', () => {
    const journal = open(newFolder())
    journal.close()
    journal.close()
    assert.throws(() => journal.record('k', 1n, 'x'), { code: 'journal/closed' })
  })

  test('journal/wrong-scope, and the folder is free afterwards', () => {
    const folder = newFolder()
    open(folder).close()
    assert.throws(() => open(folder, 'another chain'), { code: 'journal/wrong-scope' })
    open(folder).close()
  })

  test('journal/version', () => {
    const folder = newFolder()
    open(folder).close()
    edit(folder, 'PRAGMA user_version = 2')
    assert.throws(() => open(folder), { code: 'journal/version' })
  })

  test('journal/write-failed when there can be no folder', () => {
    const file = join(root, 'a-file')
    writeFileSync(file, '')
    assert.throws(() => open(join(file, 'journal')), { code: 'journal/write-failed' })
  })

  test('the folder and nothing in it is for others', () => {
    const folder = newFolder()
    open(folder).close()
    assert.equal(statSync(folder).mode & 0o777, 0o700)
  })
})

describe('journal/corrupt', () => {
  const cases: Record<string, (folder: string) => void> = {
    'not a database': (folder) => writeFileSync(join(folder, 'journal.sqlite'), 'x'.repeat(8192)),
    'another database': (folder) => edit(folder, 'PRAGMA application_id = 1'),
    'a damaged page': (folder) => {
      const path = join(folder, 'journal.sqlite')
      const bytes = readFileSync(path)
      bytes.fill(0xff, 4096, 4096 + 64)
      writeFileSync(path, bytes)
    },
    'no scope': (folder) => edit(folder, `DELETE FROM meta WHERE name = 'scope'`),
    'a broken mark': (folder) => edit(folder, `UPDATE meta SET value = 'x' WHERE name = 'pruned-before'`),
  }
  for (const [name, damage] of Object.entries(cases))
    test(name, () => {
      const folder = newFolder()
      const journal = open(folder)
      journal.record('commit', 1n, 'x')
      journal.close()
      damage(folder)
      assert.throws(() => open(folder), { code: 'journal/corrupt' })
    })

  test('a value that is not the one recorded', () => {
    const folder = newFolder()
    open(folder).close()
    const journal = open(folder)
    journal.record('commit', 1n, 'root 0xaa')
    journal.close()
    edit(folder, `UPDATE entry SET value = 'root 0xab'`)
    const again = open(folder)
    assert.throws(() => again.get('commit', 1n), { code: 'journal/corrupt' })
    assert.throws(() => again.record('commit', 1n, 'y'), { code: 'journal/corrupt' })
    again.close()
  })
})

describe('with another process', () => {
  test('killed in the middle of many writes: every acknowledged decision is there, and the folder is free', async () => {
    const folder = newFolder()
    const acknowledged = new Map<bigint, string>()
    // Killed after different numbers of writes, each time going on where the last one stopped.
    for (const kill of [1, 37, 120]) {
      const first = BigInt(acknowledged.size)
      const { child, lines } = await startWriter(folder, first)
      assert.throws(() => open(folder), { code: 'journal/locked', hint: /Stop the other process/ })
      let count = 0
      for await (const line of lines) {
        const [round = '', ...value] = line.split(' ')
        acknowledged.set(BigInt(round), value.join(' '))
        if (++count === kill) child.kill('SIGKILL')
      }
      assert.equal(child.signalCode ?? (await once(child, 'exit'))[1], 'SIGKILL')
      const journal = open(folder)
      for (const [round, value] of acknowledged) assert.equal(journal.get('commit', round), value, `round ${round}`)
      // One more may have been written than could be acknowledged; a restarted process would repeat it.
      const last = BigInt(acknowledged.size)
      const unacknowledged = journal.get('commit', last)
      if (unacknowledged !== undefined) acknowledged.set(last, unacknowledged)
      assert.equal(journal.get('commit', last + 1n), undefined)
      assert.deepEqual(journal.record('commit', 0n, 'a second decision').existed, true)
      journal.close()
    }
    assert.ok(acknowledged.size >= 158)
  })

  test('the same process cannot open it twice either', () => {
    const folder = newFolder()
    const journal = open(folder)
    assert.throws(() => open(folder), { code: 'journal/locked' })
    journal.close()
    open(folder).close()
  })
})

async function startWriter(
  folder: string,
  first: bigint,
): Promise<{ child: ChildProcess; lines: AsyncIterable<string> }> {
  const script = join(import.meta.dirname, 'journalWriter.fixture.ts')
  const child = spawn(process.execPath, [script, folder, SCOPE, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  assert.equal((await lines.next()).value, 'open')
  return { child, lines: { [Symbol.asyncIterator]: () => lines } }
}

function edit(folder: string, sql: string): void {
  const database = new DatabaseSync(join(folder, 'journal.sqlite'))
  database.exec(sql)
  database.close()
}
