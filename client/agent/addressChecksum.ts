// The EIP-55 checksum of an address: the case of each letter, by the hash of the lower-case digits.

import { keccak256 } from '@tessera/protocol/hash'
import type { Hex } from '@tessera/protocol/hex'

/** The address with its checksum; undefined when it is no address, or mixes cases without a right checksum (a typing error). */
export function toChecksumAddress(text: string): Hex | undefined {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return undefined
  const digits = text.slice(2).toLowerCase()
  const hash = keccak256(new TextEncoder().encode(digits))
  const nibble = (at: number) => ((hash[at >> 1] ?? 0) >> (at % 2 === 0 ? 4 : 0)) & 15
  const checked = [...digits].map((digit, at) => (nibble(at) >= 8 ? digit.toUpperCase() : digit)).join('')
  const given = text.slice(2)
  const oneCase = given === digits || given === digits.toUpperCase()
  return oneCase || given === checked ? `0x${checked}` : undefined
}
