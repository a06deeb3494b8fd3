import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packedDataset, packTokens } from './packTokens.ts'

test('tokens of any width come back as samples that overlap by one', async () => {
  for (const vocabSize of [256, 65_536, 100_000]) {
    const tokens = Array.from({ length: 23 }, (_, i) => (i * 7919) % vocabSize)
    const packed = packTokens(tokens, { vocabSize, context: 4, heldOutSamples: 2 })
    const data = packedDataset(packed, vocabSize)
    assert.deepEqual([data.trainSamples, data.heldOutSamples, data.context], [3, 2, 4])
    assert.deepEqual(Array.from(await data.samples([4, 0])), [...tokens.slice(16, 21), ...tokens.slice(0, 5)])
  }
})

test('tokens that leave nothing to train on are refused', () => {
  const options = { vocabSize: 256, context: 4, heldOutSamples: 2 }
  for (const length of [0, 1, 12])
    assert.throws(() => packTokens(new Uint8Array(length), options), { code: 'dataset/too-small' })
  assert.equal(packTokens(new Uint8Array(13), options).layout.trainSamples, 1)
})
