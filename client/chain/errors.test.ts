import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeErrorResult, stringToHex } from 'viem'
import { revertError } from './errors.ts'
import { runCoordinatorAbi } from './generated/runCoordinator.ts'

test('a field that a contract names as bytes32 is shown as the text it is', () => {
  const field = stringToHex('maxIncluded', { size: 32 })
  const data = encodeErrorResult({ abi: runCoordinatorAbi, errorName: 'RunParamInvalid', args: [field] })
  const error = revertError('createRun', data)
  assert.equal(error.message, 'createRun reverted with RunParamInvalid(maxIncluded)')
  assert.deepEqual(error.context.args, [field])
})

test('a hash stays a hash', () => {
  const hash = `0x${'ab'.repeat(32)}` as const
  const data = encodeErrorResult({ abi: runCoordinatorAbi, errorName: 'RunCommitmentMismatch', args: [hash, hash] })
  assert.equal(revertError('reveal', data).message, `reveal reverted with RunCommitmentMismatch(${hash}, ${hash})`)
})
