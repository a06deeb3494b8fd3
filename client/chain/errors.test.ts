import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeErrorResult, stringToHex } from 'viem'
import { contractErrors, revertError } from './errors.ts'
import { runCoordinatorAbi } from './generated/runCoordinator.ts'
import { HINTS } from './revertHints.ts'

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

test('a hint says what to do where the name does not', () => {
  const hintOf = (errorName: 'RunFull' | 'RunUnknown', args: readonly unknown[]) =>
    revertError('call', encodeErrorResult({ abi: runCoordinatorAbi, errorName, args } as never)).hint ?? ''
  assert.match(hintOf('RunFull', [1n, 0]), /replace the least useful/)
  assert.match(hintOf('RunUnknown', [1n]), /the error says which rule/)
})

test('each hint is about an error of the contracts, or of the standard for tokens', () => {
  const names: ReadonlySet<string> = new Set(contractErrors.map(({ name }) => name))
  for (const name of Object.keys(HINTS)) assert.ok(names.has(name), name)
})

test('the errors of linked libraries are known', () => {
  const data = encodeErrorResult({ abi: runCoordinatorAbi, errorName: 'ScoresPageInvalid', args: [3n, 8n] })
  assert.match(revertError('settle', data).message, /ScoresPageInvalid\(3, 8\)$/)
})
