import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slitherFindings, triage } from './triage.ts'

const contract = { type: 'contract', name: 'Vault' }
const pay = { type: 'function', name: 'pay', type_specific_fields: { parent: contract } }
const node = (name: string) => ({ type: 'node', name, type_specific_fields: { parent: pay } })

function output(...elements: readonly (readonly object[])[]): string {
  const detectors = elements.map((found) => {
    return { check: 'timestamp', impact: 'Low', description: 'Vault.pay() (contracts/Vault.sol#7)\n', elements: found }
  })
  return JSON.stringify({ success: true, error: null, results: { detectors } })
}

function places(json: string): string[] {
  return slitherFindings(json).map(({ at }) => at)
}

test('a finding is named by function and expressions, whatever its lines, and once', () => {
  const found = [pay, node('a < b'), node('c == 0'), node('a < b')]
  assert.deepEqual(places(output(found, found)), ['Vault.pay: a < b; c == 0'])
})

test('a variable, an expression that comes first, a block of assembly and a finding about nothing have names', () => {
  const local = { type: 'variable', name: 'sum', type_specific_fields: { parent: pay } }
  assert.deepEqual(places(output([local], [node('a < b')], [pay, node('')], [])), [
    'Vault.pay.sum',
    'Vault.pay: a < b',
    'Vault.pay',
    'Vault.pay() (contracts/Vault.sol#7)',
  ])
})

test('no detectors is no findings, and a Slither that gave up is an error', () => {
  assert.deepEqual(slitherFindings('{"success":true,"error":null,"results":{}}'), [])
  assert.throws(() => slitherFindings('{"success":false,"error":"no AST","results":{}}'), /Slither gave up: no AST/)
})

test('an entry covers what it names, and what is inside it', () => {
  const findings = slitherFindings(output([pay, node('a < b')]))
  for (const at of ['Vault.pay: a < b', 'Vault.pay', 'Vault'])
    assert.deepEqual(triage(findings, [{ check: 'timestamp', at, why: 'so' }]), { fresh: [], stale: [] })
})

test('another detector, another expression and another name are new, and the entry is stale', () => {
  const findings = slitherFindings(output([pay, node('a < b')]))
  for (const [check, at] of [
    ['assembly', 'Vault.pay'],
    ['timestamp', 'Vault.pay: a < c'],
    ['timestamp', 'Vault.pa'],
    ['timestamp', 'Vault.pay.sum'],
  ] as const) {
    const entry = { check, at, why: 'so' }
    assert.deepEqual(triage(findings, [entry]), { fresh: findings, stale: [entry] })
  }
})
