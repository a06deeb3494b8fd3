// Codes of reasons in words; a code that this page does not know is shown as it is. Pure.

import { zeroReasons } from '@tessera/indexer/api/zeroReasons'
import { visibleLine } from './hostile.ts'

/** `Another miner had revealed the same contribution before.` */
export function reasonText(code: string): string {
  const words = Object.hasOwn(zeroReasons, code) ? zeroReasons[code] : undefined
  return words ?? `Reason ${visibleLine(code, 32)}, which this page does not know.`
}
