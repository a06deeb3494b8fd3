import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visibleLine, visibleText } from './hostile.ts'

test('usual text stays as it is, with its lines', () => {
  const text = 'Once upon a time,\n"Größe, 漢字, 🙂 e\u0301", said Lily.'
  assert.equal(visibleText(text), text)
})

test('what would act on the page is shown as its code', () => {
  assert.equal(visibleText('a\u202Eb'), 'a⟨U+202E⟩b')
  assert.equal(visibleText('a\u0007\u200Bb\t'), 'a⟨U+0007⟩⟨U+200B⟩b⟨U+0009⟩')
  assert.equal(visibleText('\uD800x'), '⟨U+D800⟩x')
})

test('marks that pile up are cut, and so is what is too long', () => {
  assert.equal(visibleText(`a${'\u0301'.repeat(50)}`), `a${'\u0301'.repeat(4)}`)
  assert.equal(visibleText('abcdef', 3), 'abc…')
})

test('a name is one line', () => {
  assert.equal(visibleLine(' two\n\nlines '), 'two lines')
})
