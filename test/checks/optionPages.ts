// Tables of options inside pages: comparing and replacing. Which programs have tables and on which pages is options.ts's.

import { optionsMarkdown } from '@tessera/agent/optionDocs'
import type { OptionTable } from '@tessera/agent/optionTable'
import type { Finding, Outcome } from './check.ts'
import type { Tree } from './tree.ts'

/** Option tables by the page that shows them; `page#name` for the section of that name in a page with several. */
export type OptionPages = Readonly<Record<string, OptionTable>>

export function checkOptionPages(tree: Tree, pages: OptionPages): Outcome {
  const findings: Finding[] = []
  for (const [page, table] of Object.entries(pages)) {
    const { file, start, end } = placeOf(page)
    const text = tree.has(file) ? tree.read(file) : undefined
    const fresh = text === undefined ? undefined : withTable(text, page, table)
    if (text === undefined) findings.push({ file, message: 'does not exist' })
    else if (fresh === undefined) findings.push({ file, message: `has no section ${start} ... ${end}` })
    else if (fresh !== text) findings.push({ file, message: 'its options are stale: run `npm run gen`' })
  }
  return { findings }
}

/** The page with its table replaced; undefined if it has no place for one. */
export function withTable(text: string, page: string, table: OptionTable): string | undefined {
  const marks = placeOf(page)
  const start = text.indexOf(marks.start)
  const end = text.indexOf(marks.end)
  if (start === -1 || end < start) return undefined
  return `${text.slice(0, start + marks.start.length)}\n\n${optionsMarkdown(table)}\n${text.slice(end)}`
}

/** The file of a page, and what its table stands between. */
export function placeOf(page: string): { readonly file: string; readonly start: string; readonly end: string } {
  const [file = '', name] = page.split('#')
  const section = name === undefined ? 'options' : `options ${name}`
  return { file, start: `<!-- ${section} -->`, end: `<!-- /${section} -->` }
}
