import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkGas, codeSizeOutcome } from './gas.ts'
import { recordedSnapshots, snapshotFindings, snapshotText } from './snapshots.ts'
import { plantedTree } from './tree.ts'

test('numbers that changed, appeared or vanished are found', () => {
  const recorded = recordedSnapshots(
    plantedTree({
      'snapshots/Run.json': snapshotText({ commit: '200', gone: '7', reveal: '5' }),
      'snapshots/deep/x.json': '{}',
    }),
  )
  const measured = new Map([
    ['Run', { commit: '210', reveal: '5' }],
    ['Vault', { claim: '9' }],
  ])
  assert.deepEqual(snapshotFindings(recorded, measured), [
    { file: 'snapshots/Run.json', message: 'commit: 200 -> 210 (+10, 5.00 %)' },
    { file: 'snapshots/Run.json', message: 'gone: 7 is recorded and was not measured' },
    { file: 'snapshots/Vault.json', message: 'claim: 9 is not recorded' },
  ])
  assert.deepEqual(snapshotFindings(recorded, recorded), [])
})

test('code sizes: above the limit of the chain, changed, or none at all', () => {
  const recorded = new Map([['sizes', { A: '24576' }]])
  const messages = (sizes: Readonly<Record<string, string>>): string[] =>
    codeSizeOutcome(recorded, sizes).findings.map(({ message }) => message)
  assert.deepEqual(messages({ A: '24576' }), [])
  assert.deepEqual(messages({ A: '24577' }), [
    'A has 24577 bytes of code: the limit of the chain is 24576',
    'A: 24576 -> 24577 (+1, 0.00 %)',
    'if the change is meant: node test/checks/gas.ts --write',
  ])
  assert.match(messages({}).join(), /no contract has code/)
})

test('a tree without a test that records gas fails', async () => {
  const { findings } = await checkGas(plantedTree({ 'test/solidity/A.t.sol': '// vm.snapshotValue("a", "b", 1)' }))
  assert.deepEqual(findings, [{ message: 'no Solidity test records gas' }])
})
