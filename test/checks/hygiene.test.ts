import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkHygiene } from './hygiene.ts'
import { plantedTree } from './tree.ts'

function found(file: string, lines: readonly string[]): string[] {
  const { findings } = checkHygiene(plantedTree({ [file]: lines.join('\n') }))
  return findings
    .map(({ line, message }) => `${line} ${message}`)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
}

test('tests that do not run are found', () => {
  const lines = [
    "test.skip('a', () => {})",
    "describe.only('b', () => {})",
    "it.todo('c')",
    't.skip()',
    "test('d', { skip: true }, () => {})",
    "t.test('e', { todo: 'later' }, () => {})",
    "test('f', { timeout: 5, skip: false }, () => {})",
    'reader.skip(4)',
    "const text = 'test.skip()' // test.only()",
  ]
  assert.deepEqual(found('a.test.ts', lines), [
    '1 test.skip: every test runs',
    '2 describe.only: every test runs',
    '3 it.todo: every test runs',
    '4 t.skip: every test runs',
    '5 { skip }: every test runs',
    '6 { todo }: every test runs',
  ])
  assert.deepEqual(found('A.t.sol', ['// vm.skip(true)', 'vm.skip(true);']), ['2 vm.skip: every test runs'])
})

test('swallowed failures are found; an empty catch that says why is not', () => {
  const lines = [
    'try { a() } catch {}',
    'try { a() } catch (error) { }',
    'try { a() } catch { /* already gone */ }',
    'a().catch(() => {})',
    'a().catch(() => { /* the caller has been told */ })',
    'a().catch(() => undefined)',
    'a().then(() => {})',
  ]
  assert.deepEqual(found('a.ts', lines), [
    '1 empty catch: say in it why nothing is to be done',
    '2 empty catch: say in it why nothing is to be done',
    '4 empty .catch(): say in it why nothing is to be done',
  ])
  assert.deepEqual(
    found('A.sol', ['try a.f() {} catch {}', 'try a.f() {} catch { /* gone */ }', 'catch (bytes memory) { }']),
    ['1 empty catch: say in it why nothing is to be done', '3 empty catch: say in it why nothing is to be done'],
  )
})

test('silenced types and debts are found', () => {
  const lines = [
    '// @ts-ignore',
    '/* @ts-nocheck */',
    'a as any',
    '// TODO: b',
    '// TODO(#12): b',
    "'a as any' // no @ts-ignore here",
  ]
  assert.deepEqual(found('a.ts', lines), [
    '1 @ts-ignore silences the type check',
    '2 @ts-nocheck silences the type check',
    '3 `as any`',
    '4 debt without the number of an issue (#n)',
  ])
  assert.deepEqual(found('A.sol', ['// FIXME']), ['1 debt without the number of an issue (#n)'])
})
