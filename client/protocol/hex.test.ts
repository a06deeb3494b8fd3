import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, hexToBytes, isHex, lowerHex, sameHex } from './hex.ts'

test('bytes survive hexadecimal, and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const hex = bytesToHex(bytes)
      assert.equal(hex, `0x${Buffer.from(bytes).toString('hex')}`)
      assert.deepEqual(hexToBytes(hex), bytes)
      assert.deepEqual(hexToBytes(hex.toUpperCase().replace('0X', '0x'), bytes.length), bytes)
    }),
  )
})

test('what is not whole bytes of hexadecimal is refused', () => {
  for (const text of ['', '0', '00', '0x0', '0x0g', ' 0x00', '0x00 ', '0X00'])
    assert.throws(() => hexToBytes(text), { code: 'protocol/bad-hex' }, text)
  assert.throws(() => hexToBytes('0x00', 2), { code: 'protocol/bad-hex' })
  assert.equal(isHex('0x00ff', 2), true)
  assert.equal(isHex('0x00ff', 1), false)
  assert.equal(isHex(255), false)
})

test('addresses compare whatever their case', () => {
  assert.equal(sameHex('0xABcd', '0xabCD'), true)
  assert.equal(sameHex('0xab', '0xac'), false)
  assert.equal(lowerHex('0xABcd'), '0xabcd')
})
