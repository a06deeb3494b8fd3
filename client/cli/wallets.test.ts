import assert from 'node:assert/strict'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { tempFolder } from '@tessera/node/testing/parts'
import { type Person, tessera } from './tessera.fixture.ts'

const PASSWORD = 'correct horse'
const KEY = `0x${'11'.repeat(32)}`
const ADDRESS = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'

/** A folder for wallets, and a way to run `wallet ...` on it. */
async function wallets(t: TestContext) {
  const folder = join(await tempFolder(t), 'wallets')
  const wallet = (words: string, person?: Person) =>
    tessera(t, ['wallet', ...words.split(' '), '--wallets', folder], person)
  const add = (name: string) => wallet(`new --name ${name} --scrypt light`, { answers: [PASSWORD, PASSWORD] })
  return { folder, wallet, add, path: (name: string) => join(folder, `${name}.json`) }
}

test('a new wallet is a private file that its password opens', async (t) => {
  const { wallet, add, path } = await wallets(t)
  const { written, questions, notes } = await add('cold')
  const address = /^cold {2}(0x[0-9a-fA-F]{40}) {2}/.exec(written)?.[1]
  assert.ok(address !== undefined, written)
  assert.equal(questions.length, 2)
  assert.ok(notes.some((note) => note.includes('copy of this file')))
  assert.equal((await stat(path('cold'))).mode & 0o777, 0o600)
  const { written: shown } = await wallet('show --wallet cold --check --json', { answers: [PASSWORD] })
  assert.deepEqual(JSON.parse(shown), { name: 'cold', address, path: path('cold'), checked: true })
  for (const text of [written, ...notes]) assert.ok(!text.includes(PASSWORD))
})

test('the key derivation is that of geth unless it is said otherwise', async (t) => {
  const { wallet, path } = await wallets(t)
  await wallet('new --name real', { answers: [PASSWORD, PASSWORD] })
  const { n, r, p } = JSON.parse(await readFile(path('real'), 'utf8')).crypto.kdfparams
  assert.deepEqual([n, r, p], [262_144, 8, 1])
})

test('wallets are listed with what lies beside them', async (t) => {
  const { folder, wallet, add } = await wallets(t)
  assert.match((await wallet('list')).notes.join(), /no wallets/)
  await add('b')
  await add('a')
  await writeFile(join(folder, 'notes.json'), '{}')
  const { written, notes } = await wallet('list')
  assert.match(written, /^a {2}0x[0-9a-fA-F]{40}\nb {2}0x[0-9a-fA-F]{40}\n$/)
  assert.deepEqual(notes, ['note: notes.json is no wallet'])
  const names = JSON.parse((await wallet('list --json')).written).wallets.map(({ name }: { name: string }) => name)
  assert.deepEqual(names, ['a', 'b'])
})

test('a key is imported from the terminal, from a file, from another key file; and exported', async (t) => {
  const { folder, wallet, path } = await wallets(t)
  const typed = await wallet('import --name typed --scrypt light', { answers: [KEY.slice(2), PASSWORD, PASSWORD] })
  assert.ok(typed.written.startsWith(`typed  ${ADDRESS}`), typed.written)
  const file = join(folder, 'key')
  await writeFile(file, `${KEY}\n`, { mode: 0o600 })
  const read = await wallet(`import --name read --scrypt light --from ${file}`, { answers: [PASSWORD, PASSWORD] })
  assert.deepEqual([read.written.includes(ADDRESS), read.questions.length], [true, 2])
  const copied = await wallet(`import --name copied --scrypt light --from ${path('read')}`, { answers: [PASSWORD] })
  assert.deepEqual([copied.written.includes(ADDRESS), copied.questions.length], [true, 1])
  const { written, notes } = await wallet('export --wallet copied', { answers: ['yes', PASSWORD] })
  assert.equal(written, `${KEY}\n`)
  assert.match(notes.join(), /can take all/)
  const asJson = await wallet('export --wallet copied --yes --json', { answers: [PASSWORD] })
  assert.deepEqual(JSON.parse(asJson.written), { name: 'copied', address: ADDRESS, privateKey: KEY })
})

test('the only wallet need not be named; of several one must be', async (t) => {
  const { wallet, add } = await wallets(t)
  await assert.rejects(wallet('show'), { code: 'wallet/none', hint: /wallet new/ })
  await add('cold')
  assert.match((await wallet('show')).written, /^wallet {3}cold\naddress {2}0x/)
  await assert.rejects(wallet('show --wallet cald'), { code: 'wallet/unknown', hint: 'Did you mean "cold"?' })
  await assert.rejects(wallet('show --wallet savings'), { code: 'wallet/unknown', hint: /there are cold/ })
  await add('hot')
  await assert.rejects(wallet('show'), { code: 'wallet/which', hint: /cold, hot/ })
})

test('a password comes from a file, and who may read it is looked at', async (t) => {
  const { folder, wallet, add, path } = await wallets(t)
  await add('cold')
  const file = join(folder, 'password')
  await writeFile(file, `${PASSWORD}\n`)
  await chmod(file, 0o644)
  const { written, notes } = await wallet(`show --check --password-file ${file}`)
  assert.ok(!written.includes('as the file says'))
  assert.deepEqual(notes, [`warning: others on this machine may read ${file}; run: chmod 600 ${file}`])
  await chmod(file, 0o600)
  await chmod(path('cold'), 0o640)
  assert.match((await wallet(`show --check --password-file ${file}`)).notes.join(), /cold\.json; run: chmod 600/)
})

test('a wrong password may be corrected at a terminal, not in a file', async (t) => {
  const { folder, wallet, add } = await wallets(t)
  await add('cold')
  const { notes } = await wallet('show --check', { answers: ['wrong', 'wrong', PASSWORD] })
  assert.equal(notes.filter((note) => note.includes('Try again')).length, 2)
  const wrong = { code: 'keystore/wrong-password' }
  await assert.rejects(wallet('show --check', { answers: ['wrong', 'wrong', 'wrong'] }), wrong)
  const file = join(folder, 'password')
  await writeFile(file, 'wrong', { mode: 0o600 })
  await assert.rejects(wallet(`show --check --password-file ${file}`, { answers: [] }), wrong)
})

test('what cannot be is said, and nothing is overwritten', async (t) => {
  const { folder, wallet, add, path } = await wallets(t)
  await add('cold')
  const before = await readFile(path('cold'), 'utf8')
  await assert.rejects(wallet('new --name cold', { answers: [] }), { code: 'wallet/exists' })
  assert.equal(await readFile(path('cold'), 'utf8'), before)
  for (const name of ['../cold', 'a/b', '.hidden', 'cold.json'])
    await assert.rejects(wallet(`new --name ${name}`, { answers: [] }), { code: 'wallet/bad-name' }, name)
  await assert.rejects(wallet('new --name x', { answers: ['short'] }), { code: 'wallet/weak-password' })
  await assert.rejects(wallet('new --name x', { answers: [PASSWORD, 'other words'] }), {
    code: 'wallet/passwords-differ',
  })
  await assert.rejects(wallet('new --name x'), { code: 'wallet/no-password', hint: /--password-file/ })
  await assert.rejects(wallet('import --name x'), { code: 'wallet/no-key' })
  await assert.rejects(wallet('import --name x', { answers: ['hunter2'] }), (error: Error & { code?: string }) => {
    return error.code === 'wallet/bad-key' && !JSON.stringify([error.message, error.stack]).includes('hunter2')
  })
  await assert.rejects(wallet('export --wallet cold'), { code: 'cli/not-confirmed' })
  await assert.rejects(wallet('export --wallet cold', { answers: ['n'] }), { code: 'cli/declined' })
  await writeFile(path('notes'), '{}', { mode: 0o600 })
  await assert.rejects(wallet('show --wallet notes'), { code: 'keystore/invalid' })
  await assert.rejects(tessera(t, ['wallet', 'list', '--wallets', path('notes')]), { code: 'wallet/bad-folder' })
  assert.ok((await stat(folder)).isDirectory())
})
