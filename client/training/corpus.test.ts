import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { buildCorpus, defaultCorpusPaths, isDocumentation } from './corpus.ts'

const base = await mkdtemp(join(tmpdir(), 'tessera-corpus-'))
after(() => rm(base, { recursive: true }))

let folders = 0

/** A new folder with `files`, by their paths within it. */
async function folderOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = join(base, String(folders++))
  await mkdir(folder)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return folder
}

const textOf = (corpus: { readonly bytes: Uint8Array }): string => new TextDecoder().decode(corpus.bytes)
const LATIN_1 = Uint8Array.of(0x63, 0x61, 0x66, 0xe9)
const MANY = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`${index}.md`, `document ${index}`]))

test('a folder gives its text files, however deep, and nothing else', async () => {
  const folder = await folderOf({
    'a.md': 'one',
    'deep/er/b.TXT': 'two',
    'c.png': 'no text by its name',
    '.hidden/d.md': 'hidden',
    'node_modules/e/readme.md': 'installed',
  })
  await symlink(folder, join(folder, 'circle'))
  const corpus = await buildCorpus({ paths: [folder], maxBytes: 1000 })
  assert.deepEqual(textOf(corpus).split('\n').sort(), ['one', 'two'])
  assert.deepEqual([corpus.documents, corpus.duplicates, corpus.skipped], [2, 0, []])
})

test('installed packages are read when they are asked for', async () => {
  const folder = await folderOf({
    'a.md': 'mine',
    'node_modules/e/readme.md': 'outer',
    'node_modules/e/node_modules/f/readme.md': 'inner',
  })
  const corpus = await buildCorpus({ paths: defaultCorpusPaths(folder), maxBytes: 1000 })
  assert.deepEqual(textOf(corpus).split('\n').sort(), ['inner', 'outer'])
})

test('a named file is taken whatever it is called', async () => {
  const folder = await folderOf({ 'poem.xyz': 'roses' })
  assert.equal(textOf(await buildCorpus({ paths: [join(folder, 'poem.xyz')], maxBytes: 100 })), 'roses')
})

test('the same documents are taken once, and so is a file that is named twice', async () => {
  const folder = await folderOf({ 'a/LICENSE.md': 'MIT', 'b/LICENSE.md': 'MIT', 'c.md': 'text' })
  const corpus = await buildCorpus({ paths: [folder, join(folder, 'c.md')], maxBytes: 100 })
  assert.deepEqual(textOf(corpus).split('\n').sort(), ['MIT', 'text'])
  assert.equal(corpus.duplicates, 1)
})

test('the order depends on the seed alone', async () => {
  const [first, second] = [await folderOf(MANY), await folderOf(MANY)]
  const build = async (folder: string, seed: number) =>
    textOf(await buildCorpus({ paths: [folder], maxBytes: 1000, seed }))
  assert.equal(await build(first, 1), await build(second, 1))
  assert.notEqual(await build(first, 2), await build(first, 1))
  assert.deepEqual((await build(first, 2)).split('\n').sort(), (await build(first, 1)).split('\n').sort())
})

test('a corpus never exceeds its limit and never cuts a character', async () => {
  const folder = await folderOf({ 'a.md': 'äöü€😀'.repeat(3), 'b.md': 'ßßßßßß' })
  for (let maxBytes = 3; maxBytes < 60; maxBytes++) {
    const corpus = await buildCorpus({ paths: [folder], maxBytes })
    assert.ok(corpus.bytes.length <= maxBytes)
    assert.ok(!textOf(corpus).includes('\ufffd'), `${maxBytes}`)
  }
})

test('what is no text in a folder is left out and named', async () => {
  const folder = await folderOf({ 'a.md': LATIN_1, 'b.md': 'a\0b', 'c.md': ' \n', 'd.md': 'text' })
  const corpus = await buildCorpus({ paths: [folder], maxBytes: 100 })
  assert.equal(textOf(corpus), 'text')
  assert.deepEqual(corpus.skipped.map(({ path, reason }) => [path.at(-4), reason]).sort(), [
    ['a', 'binary'],
    ['b', 'binary'],
    ['c', 'empty'],
  ])
})

test('what cannot be read is missing', async () => {
  for (const path of [join(base, 'nowhere'), '/dev/null'])
    await assert.rejects(buildCorpus({ paths: [path], maxBytes: 100 }), { code: 'corpus/missing' })
})

test('a named file that is no text is binary', async () => {
  const folder = await folderOf({ 'latin.txt': LATIN_1, 'zero.txt': 'a\0b' })
  for (const name of ['latin.txt', 'zero.txt'])
    await assert.rejects(buildCorpus({ paths: [join(folder, name)], maxBytes: 100 }), { code: 'corpus/binary' })
  await assert.rejects(buildCorpus({ paths: [folder], maxBytes: 100 }), { code: 'corpus/binary' })
})

test('no text at all is empty', async () => {
  const folder = await folderOf({ 'a.png': 'picture', 'blank/b.md': ' \n\t' })
  for (const paths of [[folder], [join(folder, 'blank')], [join(folder, 'blank/b.md')], []])
    await assert.rejects(buildCorpus({ paths, maxBytes: 100 }), { code: 'corpus/empty' })
})

test('less text than the model needs is too small', async () => {
  const folder = await folderOf({ 'a.md': '123456789' })
  await assert.rejects(buildCorpus({ paths: [folder], maxBytes: 100, minBytes: 10 }), { code: 'corpus/too-small' })
  assert.equal((await buildCorpus({ paths: [folder], maxBytes: 100, minBytes: 9 })).bytes.length, 9)
})

test('progress is told per document, and an abort is heard between them', async () => {
  const folder = await folderOf(MANY)
  const control = new AbortController()
  const reason = new Error('enough')
  const seen: number[] = []
  const building = buildCorpus({
    paths: [folder],
    maxBytes: 1000,
    signal: control.signal,
    onProgress: ({ documents }) => {
      seen.push(documents)
      if (documents === 3) control.abort(reason)
    },
  })
  await assert.rejects(building, reason)
  assert.deepEqual(seen, [1, 2, 3])
})

test('documentation is Markdown that is no change log and no licence', () => {
  const paths = [
    'a/README.md',
    'a/docs/guide.MD',
    'a/CHANGELOG.md',
    'a/History.md',
    'a/LICENSE.md',
    'a/README.txt',
    'change/api.md',
  ]
  assert.deepEqual(paths.filter(isDocumentation), ['a/README.md', 'a/docs/guide.MD', 'change/api.md'])
})

test('accept chooses among the files of a folder, and not among named ones', async () => {
  const folder = await folderOf({ 'one.md': 'one', 'two.md': 'two' })
  const accept = (path: string): boolean => path.endsWith('two.md')
  assert.equal(textOf(await buildCorpus({ paths: [folder], accept, maxBytes: 1000 })), 'two')
  assert.equal(textOf(await buildCorpus({ paths: [join(folder, 'one.md')], accept, maxBytes: 1000 })), 'one')
})
