import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { tempFolder } from '@tessera/node/testing/parts'
import { isTesseraError } from '@tessera/protocol/errors'
import { openDataset } from '@tessera/training/data/openDataset'
import { exportHuggingFace } from '@tessera/training/exchange/exportHuggingFace'
import type { ModelConfig } from '@tessera/training/model/config'
import { initialParameters } from '@tessera/training/model/initialParameters'
import { quantizeQ24 } from '@tessera/training/parameters'
import { SMALL } from '@tessera/training/testing/tinyModel'
import { commands, findCommand, overview } from './commands.ts'
import { tessera } from './tessera.fixture.ts'

/** A byte model in a folder. */
async function modelFolder(t: TestContext, config: ModelConfig = SMALL): Promise<string> {
  const folder = join(await tempFolder(t), 'model')
  const weights = quantizeQ24(initialParameters(config, 1))
  const card = { name: 'small', license: 'apache-2.0' }
  await exportHuggingFace({ folder, config, weights, tokenizer: { kind: 'bytes' }, card })
  return folder
}

const isCode = (code: string) => (error: unknown) => isTesseraError(error, code)

test('a command is found by its words, and a slip of the keys is helped', () => {
  const { command, rest } = findCommand(commands, ['checkpoint', 'export', '--output', 'x'])
  assert.deepEqual([command.name, rest], ['checkpoint export', ['--output', 'x']])
  assert.throws(
    () => findCommand(commands, ['checkpiont', 'export']),
    (error) =>
      isTesseraError(error, 'cli/unknown-command') && /Did you mean "checkpoint export"/.test(error.hint ?? ''),
  )
  assert.throws(
    () => findCommand(commands, ['wallet', '--help']),
    (error) => isTesseraError(error, 'cli/unknown-command') && /wallet new, wallet import/.test(error.hint ?? ''),
  )
  assert.throws(() => findCommand(commands, ['mine', '--all']), isCode('cli/unknown-command'))
  for (const { name, summary } of commands)
    assert.ok(overview(commands).includes(name) && overview(commands).includes(summary))
})

test('one answer goes to standard output, the same for the same seed', async (t) => {
  const model = await modelFolder(t)
  const argv = ['chat', '--model', model, '--prompt', 'abc', '--max-tokens', '6', '--threads', '1']
  const { written } = await tessera(t, argv)
  assert.equal((await tessera(t, argv)).written, written)
  assert.notEqual((await tessera(t, [...argv, '--seed', '9'])).written, written)
})

test('a conversation answers line by line, and an empty line begins anew', async (t) => {
  const model = await modelFolder(t)
  const argv = ['chat', '--model', model, '--max-tokens', '3', '--temperature', '0', '--threads', '1']
  const { written, notes } = await tessera(t, argv, { input: 'hello\n\nhello\n' })
  const once = await tessera(t, [...argv, '--prompt', 'hello'])
  assert.equal(
    written.split(once.written).length,
    3,
    `twice ${JSON.stringify(once.written)} in ${JSON.stringify(written)}`,
  )
  assert.ok(notes.some((note) => note.includes('begun anew')))
})

test('a text is measured in bits per byte, questions in accuracy', async (t) => {
  const model = await modelFolder(t)
  const folder = await tempFolder(t)
  const [text, questions] = [join(folder, 'text'), join(folder, 'questions')]
  await writeFile(text, 'Some text that is longer than the context of the model.\n'.repeat(3))
  await writeFile(questions, '{"query": "one and", "choices": ["two", "2"], "gold": 0}\n')
  const argv = ['evaluate', '--model', model, '--text', text, '--questions', questions, '--threads', '1']
  const { written } = await tessera(t, argv)
  const bits = Number(/bits per byte {3}(\S+)/.exec(written)?.[1])
  assert.ok(bits > 7.5 && bits < 8.5, `a model that knows nothing needs about 8 bits: ${written}`)
  assert.match(written, /questions {7}1\nacc {13}\d+\.00 %/)
  const json = JSON.parse((await tessera(t, [...argv, '--json'])).written)
  assert.equal(json.perplexity.bitsPerByte.toFixed(4), bits.toFixed(4))
})

test('what cannot be measured is said before the model is loaded', async (t) => {
  const folder = await tempFolder(t)
  const none = ['evaluate', '--model', join(folder, 'nowhere')]
  await assert.rejects(tessera(t, none), isCode('cli/nothing-to-measure'))
  const binary = join(folder, 'binary')
  await writeFile(binary, Uint8Array.of(0xff, 0xfe, 0xfd))
  await assert.rejects(tessera(t, [...none, '--text', binary]), isCode('cli/not-text'))
  const empty = join(folder, 'empty')
  await writeFile(empty, '{}\n')
  await assert.rejects(tessera(t, [...none, '--questions', empty]), isCode('evaluation/bad-question'))
})

test('a model whose tokens nobody can read is refused', async (t) => {
  const config = { ...SMALL, vocabSize: 300 }
  const folder = await modelFolder(t, config)
  await rm(join(folder, 'tokenizer.json'))
  await assert.rejects(tessera(t, ['chat', '--model', folder, '--prompt', 'x']), isCode('cli/no-tokenizer'))
})

test('a model is written in every form, and the forms are listed', async (t) => {
  const model = await modelFolder(t)
  const output = join(await tempFolder(t), 'out')
  const argv = ['checkpoint', 'export', '--model', model, '--output', output, '--format', 'all', '--dtype', 'bfloat16']
  const { written, notes } = await tessera(t, argv)
  const files = written.trim().split('\n')
  for (const name of ['config.json', 'model.safetensors', 'onnx/model.onnx'])
    assert.ok(files.includes(join(output, name)))
  for (const file of files) assert.ok((await readFile(file)).length > 0)
  assert.ok(notes.some((note) => note.includes(output)))
  await assert.rejects(tessera(t, argv), isCode('huggingface/exists'))
  await tessera(t, [...argv, '--overwrite'])
})

test('texts become shards, with what was left out', async (t) => {
  const folder = await tempFolder(t)
  const input = join(folder, 'texts.jsonl')
  const lines = Array.from({ length: 40 }, (_, i) => JSON.stringify({ body: `document ${i}, `.repeat(20) }))
  await writeFile(input, `${lines.join('\n')}\n{"other": 1}\n`)
  const output = join(folder, 'data')
  const argv = [
    'data',
    'prepare',
    '--input',
    input,
    '--output',
    output,
    '--context',
    '16',
    '--field',
    'body',
    '--held-out',
    '0.2',
  ]
  await assert.rejects(tessera(t, argv), isCode('data/bad-document'))
  const { written, notes } = await tessera(t, [...argv, '--on-bad-document', 'skip', '--output', join(folder, 'other')])
  assert.match(written, /documents {3}40,/)
  assert.match(written, /left out {4}1 missing-field/)
  assert.ok(notes.some((note) => note.includes('line 41')))
  const { dataset } = await openDataset(join(folder, 'other'))
  assert.equal((await dataset.samples([0])).length, 17)
})
