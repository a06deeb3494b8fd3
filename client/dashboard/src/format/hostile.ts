// Text that a stranger wrote (a model, an operator, a token's contract): what would act on the page instead of standing on it is
// made visible. Pure.

// Formats, marks of direction, separators, private and unassigned characters; a lone half of a pair; controls, but a line's end.
const ACTING = /[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]|(?!\n)\p{Cc}/gu
/** More marks upon one letter than any script has would cover the lines above. */
const PILED = /(\p{M}{4})\p{M}+/gu

/** The text with each acting character as its code: `⟨U+202E⟩`. At most `most` characters of it. */
export function visibleText(text: string, most = 4_000): string {
  const cut = text.length > most
  const shown = text.slice(0, most).replace(PILED, '$1').replace(ACTING, codeOf)
  return cut ? `${shown}…` : shown
}

/** The same in one line, for names and symbols. */
export function visibleLine(text: string, most = 64): string {
  return visibleText(text, most).replace(/\s+/g, ' ').trim()
}

function codeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
}
