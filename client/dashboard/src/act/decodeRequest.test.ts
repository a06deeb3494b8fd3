import assert from 'node:assert/strict'
import { test } from 'node:test'
import { approve } from '@tessera/chain/actions/approve'
import { claimRewardsMany } from '@tessera/chain/actions/claimRewardsMany'
import { vote } from '@tessera/chain/actions/vote'
import { FakeChain } from '@tessera/chain/fakeChain.fixture'
import { isTesseraError } from '@tessera/protocol/errors'
import { decodeRequest } from './decodeRequest.ts'

const { deployment } = new FakeChain()
const operator = `0x${'aa'.repeat(20)}` as const
const manager = deployment.runCoordinator

test('an allowance is told with its spender and its exact amount', () => {
  const { contract, functionName, args } = decodeRequest(
    deployment,
    approve(deployment, { spender: deployment.stakeVault, amount: 5n }),
  )
  assert.deepEqual([contract, functionName], ['TSRA token', 'approve'])
  assert.deepEqual(args, [
    { name: 'spender', type: 'address', text: deployment.stakeVault, amount: undefined },
    { name: 'value', type: 'uint256', text: '5', amount: '0.000000000000000005 TSRA' },
  ])
  const foreign = approve(deployment, { spender: manager, amount: 5n, token: operator })
  assert.equal(decodeRequest(deployment, foreign).contract, 'A token that is not of this deployment')
})

test('lists and records are told field by field', () => {
  const claim = { manager, run: 1n, source: 2n, operator, holder: operator, epochs: [3n, 4n] }
  const { args } = decodeRequest(deployment, claimRewardsMany(deployment, { claims: [claim, { ...claim, run: 7n }] }))
  const texts = Object.fromEntries(args.map(({ name, text }) => [name.replace(/^\w+/, ''), text]))
  assert.equal(texts['[0].epochs'], '3, 4')
  assert.equal(texts['[1].run'], '7')
  assert.equal(args.length, 12)
  const { functionName, contract } = decodeRequest(deployment, vote(deployment, { choices: [] }))
  assert.deepEqual([contract, functionName], ['Emission', 'vote'])
})

test('what cannot be read back is not shown', () => {
  const request = { ...approve(deployment, { spender: manager, amount: 1n }), data: '0x12345678' as const }
  assert.throws(
    () => decodeRequest(deployment, request),
    (error) => isTesseraError(error, 'dashboard/unreadable-request'),
  )
})
