// Exports read back by the runtime from a folder, as a stranger would.

import assert from 'node:assert/strict'
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Decoder } from '../decoder.ts'
import { headSize, keyValueHeads, type ModelConfig } from '../model/config.ts'
import { parameterCount, parameterSpecs } from '../model/parameterSpecs.ts'
import { quantizeQ24, toFloat } from '../parameters.ts'
import { pastName, TOKENS_INPUT } from '../programs/decode.ts'
import { buildGenerateProgram, GENERATE_OUTPUT } from '../programs/generate.ts'
import { Random } from '../random.ts'
import { floatOutput, Session, type TensorInput } from '../session.ts'
import { TINY, TINY_FULL } from '../testing/tinyModel.ts'
import { exportOnnx, type OnnxExportOptions } from './onnx.ts'

const folder = await mkdtemp(join(tmpdir(), 'tessera-onnx-'))
after(() => rm(folder, { recursive: true }))

async function write(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(join(folder, name), 'w')
  for await (const piece of bytes) await file.write(piece)
  await file.close()
}

function stateOf(config: ModelConfig): Int32Array {
  const random = new Random(4)
  const count = parameterCount(parameterSpecs(config))
  return quantizeQ24(Float32Array.from({ length: count }, () => random.normal() * 0.5))
}

/** Scores after each of `tokens` by the file in the folder. */
async function exportedLogits(config: ModelConfig, tokens: readonly bigint[]): Promise<Float32Array> {
  const session = await Session.open(join(folder, 'model.onnx'))
  const empty = { data: new Float32Array(0), shape: [1, keyValueHeads(config), 0, headSize(config)] }
  const cache: Record<string, TensorInput> = {}
  for (let layer = 0; layer < config.layers; layer++)
    for (const part of ['key', 'value'] as const) cache[pastName(layer, part)] = empty
  const read = { data: BigInt64Array.from(tokens), shape: [1, tokens.length] }
  const outputs = await session.run({ ...cache, [TOKENS_INPUT]: read })
  assert.deepEqual([...session.inputs.keys()], [TOKENS_INPUT, ...Object.keys(cache)])
  await session.dispose()
  return floatOutput(outputs, GENERATE_OUTPUT.logits)
}

async function assertSameLogits(config: ModelConfig, parameters: Float32Array): Promise<void> {
  const session = await Session.create(buildGenerateProgram(config))
  const decoder = new Decoder(session, config, parameters)
  const expected = [...(await decoder.append([3])), ...(await decoder.append([1])), ...(await decoder.append([6]))]
  await session.dispose()
  const actual = await exportedLogits(config, [3n, 1n, 6n])
  assert.equal(actual.length, expected.length)
  for (const [index, logit] of expected.entries()) assert.ok(Math.abs(actual[index]! - logit) < 1e-5)
}

for (const [name, config] of Object.entries({ 'two tables': TINY, 'one table': TINY_FULL })) {
  const state = stateOf(config)

  test(`an export has the scores of the model: ${name}`, async () => {
    const files = await exportOnnx({ config, weights: state, write })
    assert.deepEqual(files, [{ name: 'model.onnx', bytes: (await stat(join(folder, 'model.onnx'))).size }])
    await assertSameLogits(config, toFloat(state))
  })

  test(`so does one with its weights in a file beside it: ${name}`, async () => {
    const progress: number[] = []
    const files = await exportOnnx({
      config,
      weights: toFloat(state),
      write,
      externalAbove: 0,
      onProgress: ({ bytesDone, bytes }) => progress.push(bytesDone / bytes),
    })
    assert.deepEqual(
      files.map((file) => file.name),
      ['model.onnx_data', 'model.onnx'],
    )
    for (const file of files) assert.equal((await stat(join(folder, file.name))).size, file.bytes)
    assert.equal(progress.at(-1), 1)
    await assertSameLogits(config, toFloat(state))
    // The last tensor ends the data; weights are nowhere else.
    const data = await readFile(join(folder, 'model.onnx_data'))
    const last = toFloat(state.subarray(-1))[0]!
    assert.equal(data.readFloatLE(data.length - 4), last)
    const written = await readFile(join(folder, 'model.onnx'))
    assert.equal(written.indexOf(data.subarray(-8)), -1)
  })
}

test('tensors larger than a piece are whole', async () => {
  const config = { ...TINY, vocabSize: 1 << 18 }
  const weights = new Float32Array(parameterCount(parameterSpecs(config))).fill(0.25)
  weights.forEach((_, index) => {
    weights[index] = index % 1013
  })
  const files = await exportOnnx({ config, weights, write, externalAbove: 0 })
  const data = await readFile(join(folder, 'model.onnx_data'))
  assert.equal(files[0]?.bytes, data.length)
  const [embedding, head] = [TINY.dModel * config.vocabSize, data.length / 4 - TINY.dModel * config.vocabSize]
  const floats = new Float32Array(data.buffer, data.byteOffset, data.length / 4)
  assert.ok(floats.subarray(0, embedding).every((value, index) => value === weights[index]))
  assert.ok(floats.subarray(head).every((value, index) => value === weights[weights.length - embedding + index]))
})

test('what does not fit is refused, an abort stops it', async () => {
  const good: OnnxExportOptions = { config: TINY, weights: stateOf(TINY), write, externalAbove: 0 }
  await assert.rejects(exportOnnx({ ...good, weights: new Float32Array(3) }), { code: 'training/bad-request' })
  await assert.rejects(exportOnnx({ ...good, config: { ...TINY, heads: 3 } }), { code: 'training/bad-config' })
  const reason = new Error('enough')
  await assert.rejects(exportOnnx({ ...good, signal: AbortSignal.abort(reason) }), reason)
  await assert.rejects(Session.open(join(folder, 'absent.onnx')), { code: 'training/session-failed' })
})
