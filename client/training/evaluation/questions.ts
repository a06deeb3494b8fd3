// Multiple-choice questions from JSONL, in the forms in which the field's tasks come: one object per line, among whose other fields
// are the query, the choices and the right one. The query is asked as it stands.

import { TesseraError } from '@tessera/protocol/errors'

export interface Question {
  readonly query: string
  /** At least two. */
  readonly choices: readonly string[]
  /** Index of the right choice. */
  readonly gold: number
}

type Fields = Readonly<Record<string, unknown>>

/** The names of a field. The first is that of questions made ready for the harness and wins; of the others there must be one. */
const QUERY = ['query', 'context', 'ctx', 'question'] as const
const CHOICES = ['choices', 'endings'] as const
const GOLD = ['gold', 'answer', 'label', 'answerKey'] as const

/**
 * The questions of `jsonLines`; blank lines are skipped. Choices are a list of texts or, as in ARC, `{ text: [...], label: [...] }`.
 * The right one is an index from 0, also as text (HellaSwag), a letter from A, or one of the labels.
 * Throws `evaluation/bad-question` with the number of the line, from 1.
 */
export function parseQuestions(jsonLines: string): Question[] {
  return jsonLines.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const refuse = (message: string, context: Fields = {}): TesseraError =>
      new TesseraError('evaluation/bad-question', `line ${index + 1}: ${message}`, {
        context: { line: index + 1, ...context },
        hint: 'Each line must be an object such as {"query": "2 + 2 =", "choices": ["3", "4"], "gold": 1}.',
      })
    return [questionOf(fieldsOf(line, refuse), refuse)]
  })
}

type Refuse = (message: string, context?: Fields) => TesseraError

function fieldsOf(line: string, refuse: Refuse): Fields {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw refuse(`this is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('this is not an object')
  return value as Fields
}

function questionOf(fields: Fields, refuse: Refuse): Question {
  const query = fieldOf(fields, QUERY, refuse)
  if (typeof query !== 'string' || query.trim() === '') throw refuse('the query must be a text that is not blank')
  const { choices, labels } = choicesOf(fieldOf(fields, CHOICES, refuse), refuse)
  const gold = goldOf(fieldOf(fields, GOLD, refuse), labels)
  if (gold === undefined || gold >= choices.length)
    throw refuse('the right choice is none of them', { gold: fieldOf(fields, GOLD, refuse), choices: choices.length })
  return { query, choices, gold }
}

/** The field under the first of `names`, or under the only other one that there is. */
function fieldOf(fields: Fields, names: readonly string[], refuse: Refuse): unknown {
  const present = names.filter((name) => Object.hasOwn(fields, name))
  const [name] = present
  if (name === undefined) throw refuse(`one of these fields is needed: ${names.join(', ')}`)
  if (name !== names[0] && present.length > 1)
    throw refuse(`which of these fields is meant: ${present.join(', ')}? Name it ${names[0]}`)
  return fields[name]
}

function choicesOf(
  value: unknown,
  refuse: Refuse,
): { readonly choices: readonly string[]; readonly labels: readonly string[] | undefined } {
  const labelled = typeof value === 'object' && value !== null && !Array.isArray(value)
  const { text, label } = labelled ? (value as Fields) : { text: value, label: undefined }
  if (!isTexts(text) || text.length < 2) throw refuse('the choices must be two texts or more, none of them empty')
  if (!labelled) return { choices: text, labels: undefined }
  if (!isTexts(label) || label.length !== text.length) throw refuse('each choice must have a label')
  return { choices: text, labels: label }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string' && entry !== '')
}

/** The index that `value` names, perhaps beyond the choices; undefined when it names none. */
function goldOf(value: unknown, labels: readonly string[] | undefined): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined
  if (typeof value !== 'string') return undefined
  // Labels may be digits that count from 1.
  if (labels !== undefined) return labels.includes(value) ? labels.indexOf(value) : undefined
  if (/^\d{1,4}$/.test(value)) return Number(value)
  return /^[A-Z]$/.test(value) ? value.charCodeAt(0) - 'A'.charCodeAt(0) : undefined
}
