// Sets of slots as bitmaps: bit i is slot i. The contracts hold them as uint256, so slots are 0 to 255.

import { TesseraError } from './errors.ts'

export function hasSlot(bitmap: bigint, slot: number): boolean {
  return ((bitmap >> BigInt(checkSlot(slot))) & 1n) === 1n
}

export function withSlot(bitmap: bigint, slot: number): bigint {
  return bitmap | (1n << BigInt(checkSlot(slot)))
}

export function bitmapOf(slots: Iterable<number>): bigint {
  let bitmap = 0n
  for (const slot of slots) bitmap = withSlot(bitmap, slot)
  return bitmap
}

/**
 * The slots of a bitmap, ascending.
 * @throws `protocol/bad-slot` for a negative bitmap or one of more than 256 bits.
 */
export function slotsOf(bitmap: bigint): number[] {
  if (bitmap < 0n || bitmap >> 256n !== 0n) throw badSlot(bitmap)
  const slots: number[] = []
  for (let slot = 0, rest = bitmap; rest !== 0n; slot++, rest >>= 1n) if ((rest & 1n) === 1n) slots.push(slot)
  return slots
}

export function countSlots(bitmap: bigint): number {
  return slotsOf(bitmap).length
}

/** True when every slot of `part` is in `whole`. */
export function isSubset(part: bigint, whole: bigint): boolean {
  return (part & ~whole) === 0n
}

function checkSlot(slot: number): number {
  if (!Number.isInteger(slot) || slot < 0 || slot > 255) throw badSlot(slot)
  return slot
}

function badSlot(value: number | bigint): TesseraError {
  return new TesseraError('protocol/bad-slot', `${value} is no slot or set of slots`, {
    hint: 'Slots are whole numbers from 0 to 255',
    context: { value: String(value) },
  })
}
