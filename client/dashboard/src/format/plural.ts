// Counts with their nouns. Pure.

import { countText } from './numbers.ts'

/** `1 round`, `6,190 rounds`. */
export function plural(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`
}
