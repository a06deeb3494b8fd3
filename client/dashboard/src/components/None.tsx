// Nothing to tell in this cell. Cards of a phone leave it out.

import type { ReactNode } from 'react'

export function None(): ReactNode {
  return (
    <span className="quiet" data-none="">
      –
    </span>
  )
}
