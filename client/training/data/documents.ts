// What the readers of source files give: texts one by one, each with the place it came from and the place from which reading can go
// on, or what is wrong with it. The readers: textDocuments.ts, jsonlDocuments.ts, parquetDocuments.ts.

import { TesseraError } from '@tessera/protocol/errors'

export type Format = 'text' | 'jsonl' | 'parquet'

/** Where in a file a text begins. Bytes and lines before it; of Parquet, rows before it and 0. */
export interface Cursor {
  readonly offset: number
  readonly line: number
}

export const START: Cursor = { offset: 0, line: 0 }

export type Defect =
  | 'empty'
  | 'not-utf8'
  | 'binary'
  | 'bad-json'
  | 'missing-field'
  | 'not-text'
  | 'too-long'
  | 'bad-parquet'

/** One text of a file, or why there is none. */
export interface Passage {
  readonly cursor: Cursor
  readonly content: { readonly text: string } | { readonly defect: Defect; readonly cause?: unknown }
  /** False where the same document goes on in the next passage. */
  readonly endsDocument: boolean
}

export interface ReadLimits {
  /** A document of JSONL, Parquet or between separators may have this many bytes. */
  readonly maxDocumentBytes: number
  /** Text files without a separator are read in passages of about this many bytes. */
  readonly passageBytes: number
}

/** `bytes` as text, or what is wrong with them. */
export function decodeText(bytes: Uint8Array): Passage['content'] {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    return { defect: 'not-utf8', cause }
  }
  return text.trim() === '' ? { defect: 'empty' } : { text }
}

const MESSAGES: Readonly<Record<Defect, string>> = {
  empty: 'holds no text',
  'not-utf8': 'is not UTF-8',
  binary: 'has zero bytes and is no text',
  'bad-json': 'is no JSON object',
  'missing-field': 'has no such field',
  'not-text': 'has a field that is no text',
  'too-long': 'is longer than a document may be',
  'bad-parquet': 'cannot be read as Parquet',
}

/** `data/bad-document`: `context.defect` says which. */
export function badDocument(file: string, format: Format, passage: Passage): TesseraError {
  const { content, cursor } = passage
  const defect = 'defect' in content ? content.defect : 'empty'
  const place = `${file}, ${format === 'parquet' ? 'row' : 'line'} ${(format === 'parquet' ? cursor.offset : cursor.line) + 1}`
  return new TesseraError('data/bad-document', `${place}: the document ${MESSAGES[defect]}`, {
    hint: 'Mend the file, name the right field, or have such documents skipped and counted',
    context: { file, defect, line: (format === 'parquet' ? cursor.offset : cursor.line) + 1 },
    cause: 'cause' in content ? content.cause : undefined,
  })
}
