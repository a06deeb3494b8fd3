// A sentence whose addresses are short, whole in their titles.

import type { ReactNode } from 'react'
import { shortHex } from '../format/numbers.ts'

export function Addresses({ text }: { readonly text: string }): ReactNode {
  return text.split(/(0x[0-9a-fA-F]{40})/).map((part, at) =>
    at % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no other name.
      <code key={at} title={part}>
        {shortHex(part, 6)}
      </code>
    ) : (
      part
    ),
  )
}
