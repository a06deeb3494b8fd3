// Multiple-choice questions from JSONL, in the forms in which the field's tasks come: one object per line.

export interface Question {
  readonly query: string
  /** At least two. */
  readonly choices: readonly string[]
  /** Index of the right choice. */
  readonly gold: number
}

/** `parseQuestions(text)`. Throws `evaluation/bad-question` with the number of the line. */
export type ParseQuestions = (jsonLines: string) => Question[]
