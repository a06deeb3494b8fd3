import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import fc from 'fast-check'
import { dataOf, hashOf, headerOf, logsOf, quantityOf, receiptOf } from './shapes.ts'

const hash = `0x${'Ab'.repeat(32)}`
const block = { number: '0x1', hash, parentHash: hash, timestamp: '0x2', baseFeePerGas: '0x3', extra: 'ignored' }
const receipt = { transactionHash: hash, blockNumber: '0x1', blockHash: hash, gasUsed: '0x5208', status: '0x1' }
const log = {
  address: `0x${'1'.repeat(40)}`,
  topics: [hash],
  data: '0x',
  blockNumber: '0x1',
  blockHash: hash,
  transactionHash: hash,
  logIndex: '0x0',
  removed: false,
}

test('well-formed answers are taken, hex in lower case', () => {
  assert.deepEqual(headerOf(block), {
    number: 1n,
    hash: hash.toLowerCase(),
    parentHash: hash.toLowerCase(),
    timestamp: 2n,
    baseFeePerGas: 3n,
  })
  assert.equal(headerOf(null), undefined)
  assert.equal(receiptOf(receipt)?.success, true)
  assert.equal(receiptOf({ ...receipt, status: '0x0' })?.success, false)
  assert.equal(receiptOf(null), undefined)
  assert.equal(logsOf([log]).length, 1)
})

test('each field of an answer is checked', () => {
  const bad = { code: 'chain/bad-response' }
  for (const key of ['number', 'hash', 'parentHash', 'timestamp', 'baseFeePerGas'])
    assert.throws(() => headerOf({ ...block, [key]: 'x' }), bad, key)
  for (const key of Object.keys(receipt)) assert.throws(() => receiptOf({ ...receipt, [key]: undefined }), bad, key)
  for (const key of Object.keys(log))
    assert.throws(() => logsOf([{ ...log, [key]: key === 'removed' ? true : 7 }]), bad, key)
  assert.throws(() => receiptOf({ ...receipt, status: '0x2' }), bad)
  assert.throws(() => logsOf([{ ...log, topics: Array(5).fill(hash) }]), bad)
  assert.throws(() => logsOf([{ ...log, data: `0x${'00'.repeat(70_000)}` }]), bad)
})

test('whatever JSON says, it is taken or refused with a code', () => {
  const check = [
    headerOf,
    receiptOf,
    logsOf,
    (v: unknown) => quantityOf(v, 'v'),
    (v: unknown) => hashOf(v, 'v'),
    (v: unknown) => dataOf(v, 'v'),
  ]
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...check), (value, parse) => {
      try {
        parse(value)
      } catch (error) {
        assert.ok(isTesseraError(error, 'chain/bad-response'))
      }
    }),
    { numRuns: 1000 },
  )
})
