// Numbers in a row as spans: `3–7, 9`. Pure.

const SHOWN = 4

/** @param numbers Ascending. */
export function spansText(numbers: readonly number[]): string {
  const spans: { first: number; last: number }[] = []
  for (const number of numbers) {
    const span = spans.at(-1)
    if (span !== undefined && span.last + 1 === number) span.last = number
    else spans.push({ first: number, last: number })
  }
  const texts = spans.slice(0, SHOWN).map(({ first, last }) => (first === last ? `${first}` : `${first}–${last}`))
  return `${texts.join(', ')}${spans.length > SHOWN ? ` and ${spans.length - SHOWN} more spans` : ''}`
}
