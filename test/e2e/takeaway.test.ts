// Somebody's model, trained on by strangers, and taken away again: a network that starts from a folder in the form of Hugging Face,
// and the command line that exports its checkpoint, talks to it and measures it, without a key and without a node.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { Followed } from '@tessera/chain/follow'
import { lineageOf } from '@tessera/protocol/runView'
import { exportHuggingFace } from '@tessera/training/exchange/exportHuggingFace'
import { importHuggingFace } from '@tessera/training/exchange/importHuggingFace'
import type { ModelConfig } from '@tessera/training/model/config'
import { initialParameters } from '@tessera/training/model/initialParameters'
import { quantizeQ24 } from '@tessera/training/parameters'
import { huggingFaceTokenizer } from '@tessera/training/tokenizer/huggingFaceTokenizer'
import { e2ePreset } from './harness/preset.ts'
import { until } from './harness/until.ts'
import { openWorld, ROOT, type World } from './harness/world.ts'

const run = promisify(execFile)
const TIME_LIMIT_MS = 120_000
const ROUND = 2n

let world: World
let folder: string
let given: Int32Array

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-takeaway-'))
  const file = await readFile(join(ROOT, 'test', 'vectors', 'tokenizer-gpt2.json'))
  const { vocabSize } = huggingFaceTokenizer(file)
  // What the preset's own model has not: shared key heads and one table for embedding and head.
  const config: ModelConfig = { ...e2ePreset.model, vocabSize, keyValueHeads: 1, tiedEmbeddings: true }
  given = quantizeQ24(initialParameters(config, 7))
  const card = { name: 'given', license: 'apache-2.0' }
  const tokenizer = { kind: 'huggingface', file } as const
  await exportHuggingFace({ folder: join(folder, 'given'), config, weights: given, tokenizer, card })
  world = await openWorld({ miners: 2, validators: 1, model: join(folder, 'given') })
  world.startAll('miner-1', 'miner-2', 'validator-1')
  const { follower, signal } = world
  const isFinal = ({ state }: Followed): boolean => lineageOf(state).some(({ round }) => round === ROUND)
  await until(follower, `round ${ROUND} is final`, isFinal, { signal, limitMs: TIME_LIMIT_MS })
})

after(async () => {
  await world?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Standard output of `tessera`. */
async function tessera(...argv: readonly string[]): Promise<string> {
  const args = [join(ROOT, 'client', 'cli', 'main.ts'), ...argv]
  const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: TIME_LIMIT_MS })
  return stdout
}

function ofRun(): string[] {
  const { anvil, deploymentFile, run: id } = world.network
  const chain = ['--rpc', anvil.rpcUrl, '--deployment', deploymentFile, '--run', String(id)]
  return [...chain, '--round', String(ROUND), '--cache', join(folder, 'cache')]
}

test('the checkpoint of a round is exported, with the root that the contract has', async () => {
  const output = join(folder, 'taken')
  const files = await tessera('checkpoint', 'export', ...ofRun(), '--output', output, '--format', 'all')
  for (const name of ['config.json', 'model.safetensors', 'tokenizer.json', 'README.md', 'onnx/model.onnx'])
    assert.ok(files.split('\n').includes(join(output, name)), `${name} is among ${files}`)
  const root = lineageOf(world.follower.current!.state).find(({ round }) => round === ROUND)!.root
  assert.ok((await readFile(join(output, 'README.md'), 'utf8')).includes(root))
  const { config, state, tokenizer } = await importHuggingFace(output)
  assert.deepEqual([config.keyValueHeads, config.tiedEmbeddings], [1, true])
  assert.equal(state.length, given.length)
  const moved = state.filter((entry, at) => entry !== given[at]).length
  assert.ok(moved > state.length / 100, `${moved} of ${state.length} parameters have moved`)
  assert.deepEqual(Buffer.from(tokenizer ?? []), await readFile(join(ROOT, 'test', 'vectors', 'tokenizer-gpt2.json')))
  await assert.rejects(tessera('checkpoint', 'export', ...ofRun(), '--output', output), /overwrite/)
})

test('the genesis is what was given', async () => {
  const output = join(folder, 'genesis')
  await tessera('checkpoint', 'export', ...ofRun(), '--round', '0', '--output', output)
  assert.deepEqual((await importHuggingFace(output)).state, given)
})

test('what is said and measured is the same from the chain and from the export', async () => {
  const exported = ['--model', join(folder, 'taken')]
  const said = ['chat', '--prompt', 'The model', '--max-tokens', '12', '--temperature', '0', '--threads', '1']
  const [first, second] = [await tessera(...said, ...ofRun()), await tessera(...said, ...exported)]
  assert.ok(first.length > 1)
  assert.equal(first, second)
  const text = join(folder, 'text.txt')
  await writeFile(text, 'What a package does stands in the documentation that comes with it.\n'.repeat(20))
  const questions = join(folder, 'questions.jsonl')
  await writeFile(questions, '{"query": "The file is", "choices": ["written", "xqzzk"], "gold": 0}\n'.repeat(4))
  const measured = ['evaluate', '--text', text, '--questions', questions, '--json', '--threads', '1']
  const [a, b] = [await tessera(...measured, ...ofRun()), await tessera(...measured, ...exported)].map(
    (line) => JSON.parse(line) as { perplexity: { bitsPerByte: number }; multipleChoice: { questions: number } },
  )
  assert.deepEqual({ ...a, model: '' }, { ...b, model: '' })
  assert.ok(a!.perplexity.bitsPerByte > 0 && a!.perplexity.bitsPerByte < 8, `${a!.perplexity.bitsPerByte} bits`)
  assert.equal(a!.multipleChoice.questions, 4)
})

test('a checkpoint that there is none of is refused', async () => {
  await assert.rejects(tessera('chat', ...ofRun(), '--round', '9999', '--prompt', 'x'), /node\/no-such-checkpoint/)
  await assert.rejects(tessera('chat', ...ofRun(), '--run', '77', '--prompt', 'x'), /node\/unknown-run/)
})
