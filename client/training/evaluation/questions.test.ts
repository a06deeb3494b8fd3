import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseQuestions } from './questions.ts'

const line = (fields: object): string => JSON.stringify(fields)

test('the forms of the usual tasks are read', () => {
  const text = [
    line({ query: 'q', choices: ['a', 'b'], gold: 1 }),
    '',
    // HellaSwag, as it is published and as the harness makes it.
    line({ ind: 1, ctx_a: 'A man', ctx_b: '', ctx: 'A man', endings: ['sits.', 'runs.'], label: '1' }),
    line({ ctx: 'A man', query: 'Sitting: A man', endings: ['x', 'y'], choices: ['a', 'b'], label: '1', gold: 0 }),
    // ARC, whose labels are letters or numbers from 1.
    line({ id: '7', question: 'Why?', choices: { text: ['a', 'b', 'c'], label: ['A', 'B', 'C'] }, answerKey: 'C' }),
    line({ question: 'Why?', choices: { text: ['a', 'b', 'c'], label: ['1', '2', '3'] }, answerKey: '3' }),
    // MMLU.
    line({ question: 'How?', choices: ['a', 'b', 'c', 'd'], answer: 3 }),
    line({ context: 'How?', choices: ['a', 'b', 'c', 'd'], answer: 'B' }),
  ].join('\r\n')
  assert.deepEqual(
    parseQuestions(text).map(({ query, choices, gold }) => [query, choices[gold]]),
    [
      ['q', 'b'],
      ['A man', 'runs.'],
      ['Sitting: A man', 'a'],
      ['Why?', 'c'],
      ['Why?', 'c'],
      ['How?', 'd'],
      ['How?', 'b'],
    ],
  )
  assert.deepEqual(parseQuestions('\n \n'), [])
})

test('a bad line is named by its number', () => {
  const good = { query: 'q', choices: ['a', 'b'], gold: 0 }
  const { gold, ...withoutGold } = good
  const bad: readonly (readonly [string, RegExp])[] = [
    ['{', /not JSON/],
    ['[]', /not an object/],
    ['null', /not an object/],
    [line({ choices: ['a', 'b'], gold }), /one of these fields is needed: query, context, ctx, question/],
    [line({ ...withoutGold }), /one of these fields is needed: gold/],
    [line({ ...good, query: ' ' }), /not blank/],
    [line({ ...good, query: 7 }), /not blank/],
    [line({ ...good, choices: ['a'] }), /two texts or more/],
    [line({ ...good, choices: ['a', ''] }), /none of them empty/],
    [line({ ...good, choices: 'ab' }), /two texts or more/],
    [line({ ...good, choices: { text: ['a', 'b'] } }), /a label/],
    [line({ ...good, choices: { text: ['a', 'b'], label: ['A'] } }), /a label/],
    [line({ ...good, choices: { text: ['a', 'b'], label: ['A', 'B'] }, gold: 'C' }), /none of them/],
    [
      line({ context: 'c', question: 'q', choices: ['a', 'b'], gold }),
      /which of these fields is meant: context, question/,
    ],
    ...[2, -1, 0.5, 'C', 'ab', '', null].map((wrong) => [line({ ...good, gold: wrong }), /none of them/] as const),
  ]
  for (const [text, message] of bad)
    assert.throws(
      () => parseQuestions(`${line(good)}\n\n${text}\n`),
      (error: Error) => {
        assert.match(error.message, /^line 3: /)
        assert.match(error.message, message)
        assert.equal((error as { code?: string }).code, 'evaluation/bad-question')
        return true
      },
    )
})
