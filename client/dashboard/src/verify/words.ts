// Numbers of things, in words.

import { countText } from '../format/numbers.ts'

/** `1 round`, `2 rounds`. */
export function counted(count: number, one: string): string {
  return `${countText(count)} ${one}${count === 1 ? '' : 's'}`
}
