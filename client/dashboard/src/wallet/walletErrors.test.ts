import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefusal, walletError } from './walletErrors.ts'

test('a no is told apart from a fault, however deep it is wrapped', () => {
  assert.equal(isRefusal({ code: 4001 }), true)
  assert.equal(isRefusal({ code: -32_603, cause: { cause: { code: 4001 } } }), true)
  assert.equal(isRefusal(new Error('4001')), false)
  const circle: { cause?: unknown } = {}
  circle.cause = circle
  assert.equal(isRefusal(circle), false)
  assert.equal(walletError({ code: 4001 }).code, 'wallet/refused')
  assert.equal(walletError({ code: -32_002 }).code, 'wallet/busy')
})

test('a wallet’s words are text of a line, and cut', () => {
  const said = walletError({ message: `a\nb ${'x'.repeat(900)}` })
  assert.equal(said.code, 'wallet/failed')
  assert.match(said.message, /^the wallet says: a b x+$/)
  assert.ok(said.message.length < 230)
  assert.match(walletError('locked').message, /locked/)
  assert.match(walletError(undefined).message, /nothing/)
  assert.equal(walletError(said), said)
})
