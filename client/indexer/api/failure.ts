// How the indexer says no: the body of every answer that is not 200 or 304.

import { object, orNull, text } from './fields.ts'

export const failure = object({
  error: object({
    /** `indexer/…`, stable: programs decide by it. */
    code: text,
    message: text,
    /** What the reader can do. */
    hint: orNull(text),
  }),
})
