// Tables of options inside pages: comparing and replacing. Which programs have tables and on which pages is options.ts's.

import { optionsMarkdown } from '@tessera/agent/optionDocs'
import type { OptionTable } from '@tessera/agent/optionTable'
import type { Finding, Outcome } from './check.ts'
import type { Tree } from './tree.ts'

const START = '<!-- options -->'
const END = '<!-- /options -->'

/** Option tables by the page that shows them. */
export type OptionPages = Readonly<Record<string, OptionTable>>

export function checkOptionPages(tree: Tree, pages: OptionPages): Outcome {
  const findings: Finding[] = []
  for (const [file, table] of Object.entries(pages)) {
    const text = tree.has(file) ? tree.read(file) : undefined
    const fresh = text === undefined ? undefined : withTable(text, table)
    if (text === undefined) findings.push({ file, message: 'does not exist' })
    else if (fresh === undefined) findings.push({ file, message: `has no section ${START} ... ${END}` })
    else if (fresh !== text) findings.push({ file, message: 'its options are stale: run `npm run gen`' })
  }
  return { findings }
}

/** The page with its table replaced; undefined if it has no place for one. */
export function withTable(page: string, table: OptionTable): string | undefined {
  const start = page.indexOf(START)
  const end = page.indexOf(END)
  if (start === -1 || end < start) return undefined
  return `${page.slice(0, start + START.length)}\n\n${optionsMarkdown(table)}\n${page.slice(end)}`
}
