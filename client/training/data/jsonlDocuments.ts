// JSON lines: an object a line, with the text in one of its fields. Lines of white space are nothing.

import type { ByteSource } from './byteSource.ts'
import { type Cursor, decodeText, type Passage, type ReadLimits } from './documents.ts'
import { readLines } from './lines.ts'
import { withoutMark } from './textDocuments.ts'

export interface JsonlOptions extends ReadLimits {
  readonly field: string
}

export async function* readJsonl(
  source: ByteSource,
  start: Cursor,
  { field, maxDocumentBytes }: JsonlOptions,
  signal?: AbortSignal,
): AsyncGenerator<Passage> {
  let long: Cursor | undefined
  for await (const { cursor, bytes, continues } of readLines(source, start, maxDocumentBytes, signal)) {
    if (continues || long !== undefined) {
      long ??= cursor
      if (continues) continue
      yield { cursor: long, content: { defect: 'too-long' }, endsDocument: true }
      long = undefined
      continue
    }
    const content = decodeText(withoutMark(bytes, cursor))
    if ('defect' in content && content.defect === 'empty') continue
    yield { cursor, content: 'text' in content ? fieldOf(content.text, field) : content, endsDocument: true }
  }
}

function fieldOf(line: string, field: string): Passage['content'] {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    return { defect: 'bad-json', cause }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { defect: 'bad-json' }
  if (!Object.hasOwn(value, field)) return { defect: 'missing-field' }
  const text = (value as Record<string, unknown>)[field]
  if (typeof text !== 'string') return { defect: 'not-text' }
  return text.trim() === '' ? { defect: 'empty' } : { text }
}
