import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountOf } from './account.ts'

test('the address of a key is that of the Web3 Secret Storage vectors', () => {
  const key = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'
  assert.equal(accountOf(key).address.toLowerCase(), '0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b')
})

for (const key of ['', '0x', 'hello', `0x${'00'.repeat(32)}`, `0x${'ff'.repeat(32)}`, `0x${'11'.repeat(31)}`]) {
  test(`a key that is none is refused without being quoted: ${key.slice(0, 8)}`, () => {
    assert.throws(
      () => accountOf(key),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'chain/bad-key')
        assert.ok(key === '' || key === '0x' || !error.message.includes(key))
        return true
      },
    )
  })
}
