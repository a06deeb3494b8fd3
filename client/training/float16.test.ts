import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireFloat16 } from './float16.ts'

test('the CPU computes in float16', () => requireFloat16({ device: 'cpu' }))

test('a device that fails or computes nonsense in float16 is refused', async () => {
  const cause = new Error('this adapter has no shader-f16')
  const failing = requireFloat16({ device: 'webgpu' }, () => Promise.reject(cause))
  await assert.rejects(failing, { code: 'training/no-float16', cause })
  const wrong = requireFloat16({}, () => Promise.resolve(Float32Array.of(16, 24, 40, 65)))
  await assert.rejects(wrong, { code: 'training/no-float16' })
})
