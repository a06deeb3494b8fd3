// What the checks need of a Markdown file: its links, its anchors, its tables. Not a renderer: nested brackets in link texts and
// HTML beyond `<a id>` are not understood.

export interface Link {
  readonly target: string
  readonly line: number
}

/** Links, images and reference definitions outside of code. */
export function linksOf(text: string): Link[] {
  const found: Link[] = []
  for (const [index, line] of withoutCode(text).entries()) {
    const inline = line.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)
    const definition = /^\s{0,3}\[[^\]]+\]:\s+<?([^\s>]+)>?/.exec(line)
    const targets = [...inline, ...(definition === null ? [] : [definition])].flatMap((match) => match[1] ?? [])
    found.push(...targets.map((target) => ({ target, line: index + 1 })))
  }
  return found
}

/** Every fragment that a link into this text may carry: the headings' slugs as GitHub makes them, and explicit ids. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const line of withoutFences(text)) {
    for (const [, id] of line.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) if (id !== undefined) anchors.add(id)
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    if (heading === undefined) continue
    const base = slug(heading)
    let anchor = base
    for (let i = 1; anchors.has(anchor); i++) anchor = `${base}-${i}`
    anchors.add(anchor)
  }
  return anchors
}

export interface Row {
  readonly cells: readonly string[]
  readonly line: number
}

/** Rows of tables under the first heading of which the text starts with `heading`, up to the next heading of that level or above. */
export function tableRowsUnder(text: string, heading: string): Row[] {
  const rows: Row[] = []
  let level = 0
  for (const [index, line] of withoutFences(text).entries()) {
    const [, marks, words] = /^(#{1,6})\s+(.*)$/.exec(line) ?? []
    if (marks !== undefined && words !== undefined) {
      if (level > 0 && marks.length <= level) break
      if (level === 0 && words.startsWith(heading)) level = marks.length
    } else if (level > 0 && line.trimStart().startsWith('|')) {
      const cells = line
        .trim()
        .replace(/^\||\|$/g, '')
        .split(/(?<!\\)\|/)
      rows.push({ cells: cells.map((cell) => cell.trim()), line: index + 1 })
    }
  }
  return rows
}

// GitHub: lower case, spaces to hyphens, everything but letters, digits, hyphens and underscores dropped; link texts count.
function slug(heading: string): string {
  const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '')
  return words
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-')
}

// The lines of the text with those inside of fences emptied, so that numbers of lines stay.
function withoutFences(text: string): string[] {
  let fence: string | undefined
  return text.split('\n').map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence === undefined) {
      fence = mark
      return mark === undefined ? line : ''
    }
    if (mark?.startsWith(fence) === true) fence = undefined
    return ''
  })
}

function withoutCode(text: string): string[] {
  return withoutFences(text).map((line) => line.replace(/(`+)(?!`).*?[^`]\1(?!`)/g, ''))
}
