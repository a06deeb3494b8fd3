import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ChoiceFields,
  choiceOf,
  choiceText,
  FIRST_CHOICE,
  faultsOf,
  type ModelChoice,
  parseChoice,
} from './choice.ts'

const CHOICE: ModelChoice = {
  left: 3,
  right: null,
  prompt: 'Once & 50 % of “it” = a/b\n+?#',
  seed: 0,
  temperature: 0.25,
  topK: 7,
  maxTokens: 12,
}
const FIELDS: ChoiceFields = { prompt: 'a', seed: '1', temperature: '0', topK: '1', maxTokens: '1' }

test('a choice is the same after it was an address, escaped or not', () => {
  for (const choice of [CHOICE, FIRST_CHOICE, { ...CHOICE, left: null, right: undefined }]) {
    const text = choiceText(choice)
    assert.deepEqual(parseChoice(text), choice)
    assert.deepEqual(parseChoice(encodeURIComponent(text)), choice)
    assert.equal(encodeURIComponent(text).includes('/'), false)
  }
})

test('what makes no sense in an address is as at first', () => {
  const bad = 'left=x&right=-1&seed=1.5&temperature=11&topK=0&maxTokens=99999999&prompt='
  assert.deepEqual(parseChoice(bad), FIRST_CHOICE)
  assert.deepEqual(parseChoice('%E0%A4%A'), FIRST_CHOICE)
  assert.equal(parseChoice(`prompt=${'a'.repeat(10_000)}`).prompt.length, 4_000)
})

test('each field says what is wrong with it', () => {
  assert.deepEqual(faultsOf(FIELDS), {})
  assert.deepEqual(choiceOf(FIELDS, { left: 5, right: undefined }), {
    left: 5,
    right: undefined,
    prompt: 'a',
    seed: 1,
    temperature: 0,
    topK: 1,
    maxTokens: 1,
  })
  const wrong = { prompt: '', seed: '-1', temperature: '1e3', topK: '0', maxTokens: '' }
  assert.deepEqual(Object.keys(faultsOf(wrong)).sort(), ['maxTokens', 'prompt', 'seed', 'temperature', 'topK'])
})
