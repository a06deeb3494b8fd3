import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TesseraError } from '@tessera/protocol/errors'
import { parseParams, readParams } from './readParams.ts'

const valid = {
  disposableChain: false,
  tokenHolder: `0x${'ab'.repeat(20)}`,
  tokenSupplyWei: '1000000000000000000',
  tokenCapWei: '1000000000000000060',
  slashSink: `0x${'cd'.repeat(20)}`,
  unbondingSeconds: 2,
  commissionDelaySeconds: 2,
  bountyCapBps: 0,
  emissionDelaySeconds: 0,
  emissionPeriodSeconds: 1,
  emissionPeriodsPerHalving: 3,
  emissionInitialWei: '10',
  emissionQuorumBps: 0,
  emissionMinVoteBps: 10_000,
  runDepositWei: '0',
  confirmationBlocks: 2,
  pollMs: 1000,
}

test('the devnet has parameters', async () => {
  const { disposableChain, tokenHolder } = await readParams('devnet')
  assert.deepEqual([disposableChain, tokenHolder], [true, 'deployer'])
})

test('amounts of wei are integers of any size', () => {
  const wei = { tokenSupplyWei: 10n ** 18n, tokenCapWei: 10n ** 18n + 60n, emissionInitialWei: 10n, runDepositWei: 0n }
  assert.deepEqual(parseParams(JSON.stringify(valid)), { ...valid, ...wei })
})

for (const [field, value] of [
  ['disposableChain', 'yes'],
  ['tokenHolder', 'me'],
  ['tokenSupplyWei', 1000],
  ['tokenSupplyWei', '0'],
  ['tokenSupplyWei', '1e18'],
  ['tokenSupplyWei', (2n ** 208n).toString()],
  // One wei less than the emission may mint.
  ['tokenCapWei', '1000000000000000059'],
  ['slashSink', 'deployer'],
  ['unbondingSeconds', 0],
  ['unbondingSeconds', 2 ** 32],
  ['commissionDelaySeconds', 1],
  ['commissionDelaySeconds', 2 ** 32],
  ['bountyCapBps', 10_001],
  ['emissionDelaySeconds', -1],
  ['emissionPeriodSeconds', 0],
  ['emissionPeriodsPerHalving', 0],
  ['emissionInitialWei', '0'],
  ['emissionInitialWei', (2n ** 128n).toString()],
  ['emissionQuorumBps', 10_001],
  ['emissionMinVoteBps', undefined],
  ['runDepositWei', '00'],
  ['runDepositWei', (2n ** 128n).toString()],
  ['confirmationBlocks', 1.5],
  ['pollMs', undefined],
  ['owner', 1],
] as const) {
  test(`refused: ${field} ${JSON.stringify(value)}`, () => {
    assert.throws(
      () => parseParams(JSON.stringify({ ...valid, [field]: value })),
      (error: TesseraError) => error.code === 'deploy/bad-params' && error.context.field === field,
    )
  })
}

for (const text of ['', '[]', 'null', '7']) {
  test(`refused: ${JSON.stringify(text)}`, () => assert.throws(() => parseParams(text), { code: 'deploy/bad-params' }))
}

for (const network of ['nowhere', '../package', '', 'a/b']) {
  test(`no such network: ${JSON.stringify(network)}`, async () => {
    await assert.rejects(readParams(network), { code: 'deploy/unknown-network' })
  })
}
