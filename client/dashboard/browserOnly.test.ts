import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserOnly } from './browserOnly.ts'

test('what a browser does not have fails the build, except behind a guard', () => {
  const { resolveId } = browserOnly()
  assert.throws(() => resolveId('node:fs', '/a/b.ts'), /b\.ts imports node:fs/)
  assert.throws(() => resolveId('crypto', undefined), /the page imports crypto/)
  assert.equal(resolveId('react', '/a/b.ts'), null)
  assert.equal(resolveId('node:fs', '/x/node_modules/onnxruntime-web/dist/ort.mjs'), null)
})
